/** The rights that deciding what a run does may need: nothing but SELECT. */
import type { Catalog } from "../database/catalog.ts";
import { Needs } from "../database/needs.ts";
import type { MayNeed, Read } from "../database/session.ts";
import type { Graph } from "../graph/resource.ts";
import { publicCatalog } from "../log/catalog.ts";
import type { LinkChoices } from "../removal/link_choices.ts";
import { removalNeeds, rootTables } from "../removal/removal_needs.ts";
import { decisionNeeds, lookNeeds } from "../snapshot/look_needs.ts";

/** What removing the entities and rows may need that a graph declares to be absent. */
export async function absenceNeeds(
  read: Read,
  graph: Graph,
  { schema }: Catalog,
  links: LinkChoices | undefined,
): Promise<Needs> {
  const roots = new Set([
    ...graph.resources.filter((r) => r.declaration?.policy.ensure === "absent").flatMap(rootTables),
    ...graph.rows.filter(({ row }) => row.policy.ensure === "absent").map(({ row }) => row.table),
  ]);
  return await removalNeeds(read, schema, roots, links);
}

/** What `plan` may need. */
export function planNeeds(graph: Graph, links: LinkChoices | undefined): MayNeed {
  return async (read) => {
    const catalog = await publicCatalog(read);
    const removing = await absenceNeeds(read, graph, catalog, links);
    return {
      looks: lookNeeds(graph, catalog).addAll(decisionNeeds(graph, catalog)).addAll(removing.reading),
      removing: new Needs(),
      writing: new Needs(),
      creates: undefined,
    };
  };
}
