/** Which unknown columns a plan fills. */
import type { Catalog } from "../database/catalog.ts";
import type { ColumnFill } from "../database/column_fill.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { Plan } from "./plan.ts";

/** The columns that are filled in the tables to which the entities of a plan are written, by table and column. */
export function plannedFills(plan: Plan, catalog: Catalog): readonly ColumnFill[] {
  if (catalog.fills.size === 0) return [];
  const tables = new Set([
    ...plan.decisions.flatMap(({ action, resource }) =>
      action === "create" || action === "update" ? LIVE_TABLES[resource.kind].writes : []
    ),
    ...plan.rows.flatMap(({ action, resource }) => (action === "create" ? [resource.row.table] : [])),
    ...(plan.domain.action === "set" && plan.domain.from === undefined ? ["django_site"] : []),
  ]);
  return [...tables].sort().flatMap((table) => catalog.fills.get(table) ?? []);
}
