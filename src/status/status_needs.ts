/** The rights that telling how entities stand may need: nothing but SELECT. */
import { Needs } from "../database/needs.ts";
import type { MayNeed } from "../database/session.ts";
import type { Graph } from "../graph/resource.ts";
import { publicCatalog } from "../log/catalog.ts";
import { lookNeeds } from "../snapshot/look_needs.ts";
import { comparingNeeds } from "../teardown/teardown_needs.ts";

/** What `status` may need. */
export function statusNeeds(graph: Graph): MayNeed {
  return async (read) => {
    const catalog = await publicCatalog(read);
    return {
      looks: lookNeeds(graph, catalog).addAll(await comparingNeeds(read, catalog.schema)),
      removing: new Needs(),
      writing: new Needs(),
      creates: undefined,
    };
  };
}
