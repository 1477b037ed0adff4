/** The rights that removing rows may need: all that can stand below them, by the live catalog. */
import { Needs } from "../database/needs.ts";
import type { Read } from "../database/session.ts";
import { touchStatements } from "../database/touch.ts";
import { sql } from "../database/statement.ts";
import type { Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { memberSpec } from "../kinds/member/spec.ts";
import { isSegmentOverride } from "../kinds/state_kinds.ts";
import { TRACING_TABLES } from "./closure.ts";
import { edgeStatements, readRowGraph } from "./edges.ts";
import { type LinkChoices, NO_LINK_CHOICES, withLinkChoices } from "./link_choices.ts";
import { RIGHTS_TABLES } from "./roots.ts";

/** The tables that the removal of an entity begins with. */
export function rootTables({ kind, declaration }: Resource): readonly string[] {
  const own = isSegmentOverride(kind) ? "features_featuresegment" : LIVE_TABLES[kind].table;
  return [
    own,
    ...(kind === memberSpec.name ? RIGHTS_TABLES : []),
    ...(declaration?.policy.withOrganisations === true ? ["organisations_organisation"] : []),
  ];
}

/** What removing rows of some tables may need, with everything below them; nothing for no tables. */
export async function removalNeeds(
  read: Read,
  schema: string,
  roots: ReadonlySet<string>,
  links: LinkChoices = NO_LINK_CHOICES,
): Promise<Needs> {
  const needs = new Needs();
  if (roots.size === 0) return needs;
  const graph = withLinkChoices(readRowGraph(schema, await read(edgeStatements(schema))), links);
  needs.add("django_content_type", "SELECT");
  for (const root of roots) if (graph.into.has(root)) needs.add(root, "UPDATE");
  const found = new Set([...roots, ...TRACING_TABLES].filter((table) => graph.keys.has(table)));
  // What is added meanwhile is visited, too.
  for (const table of found) {
    needs.add(table, "SELECT", "DELETE");
    for (const edge of graph.into.get(table) ?? []) {
      if (edge.then === "cascade") {
        if (graph.keys.has(edge.table)) found.add(edge.table);
      } else {needs.add(
          edge.table,
          "SELECT",
          ...(edge.then === "null" && !edge.loose ? ["UPDATE"] as const : []),
        );}
    }
  }
  // Flags change with what is removed.
  return needs.addStatements(
    touchStatements(schema, graph.keys.has("environment-documents"), sql`true`),
    schema,
  );
}
