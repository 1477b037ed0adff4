/** Which unknown columns a plan fills, and what else the tables that it writes have that the program does not know. */
import type { Catalog } from "../database/catalog.ts";
import type { ColumnFill } from "../database/column_fill.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { Surroundings } from "../snapshot/contents.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { type UnknownParts, unknownParts } from "../snapshot/unknown_parts.ts";
import type { Plan } from "./plan.ts";

/** The tables to which the entities of a plan are written, sorted. */
function writtenTables(plan: Plan): readonly string[] {
  return [
    ...new Set([
      ...plan.decisions.flatMap(({ action, resource }) =>
        action === "create" || action === "update" ? LIVE_TABLES[resource.kind].writes : []
      ),
      ...plan.rows.flatMap(({ action, resource }) => (action === "create" ? [resource.row.table] : [])),
      ...(plan.domain.action === "set" && plan.domain.from === undefined ? ["django_site"] : []),
    ]),
  ].sort();
}

/** The columns that are filled in the tables to which the entities of a plan are written, by table and column. */
export function plannedFills(plan: Plan, catalog: Catalog): readonly ColumnFill[] {
  if (catalog.fills.size === 0) return [];
  return writtenTables(plan).flatMap((table) => catalog.fills.get(table) ?? []);
}

/** What the program does not know of the tables to which the entities of a plan are written. */
export function plannedUnknown(plan: Plan, { catalog }: Snapshot, { rules }: Surroundings): UnknownParts {
  return unknownParts(catalog, rules, writtenTables(plan));
}
