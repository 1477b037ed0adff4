/** The rights that taking live entities into the log may need. */
import { loggingNeeds } from "../apply/apply_needs.ts";
import { Needs } from "../database/needs.ts";
import type { MayNeed } from "../database/session.ts";
import type { Graph } from "../graph/resource.ts";
import { publicCatalog } from "../log/catalog.ts";
import { LOG_TABLE } from "../log/table.ts";
import { lookNeeds } from "../snapshot/look_needs.ts";

/** What `adopt` may need. */
export function adoptNeeds(graph: Graph): MayNeed {
  return async (read) => ({
    looks: lookNeeds(graph, await publicCatalog(read)),
    removing: new Needs(),
    writing: loggingNeeds(),
    creates: LOG_TABLE,
  });
}
