/** Ids that a reset gives again. */
import type { Allocation } from "../database/bulk.ts";
import { isNewId } from "../flagsmith/cell.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlannedRows } from "./rows.ts";

/** An environment with a chosen key keeps its primary key, because the API remembers key → environment for a minute. */
export function withKeptIds(
  allocation: Allocation,
  rows: PlannedRows,
  plan: Plan,
  kept: ReadonlyMap<string, number> | undefined,
): Allocation {
  if (kept === undefined || kept.size === 0) return allocation;
  const table = "environments_environment";
  const ids = [...allocation.get(table) ?? []];
  for (const { action, resource } of plan.decisions) {
    const row = rows.own.get(resource.index);
    const id = action === "create" && resource.kind === "environment" ? row?.["id"] : undefined;
    const before = kept.get(String(row?.["api_key"]));
    if (isNewId(id) && before !== undefined) ids[id.ordinal] = before;
  }
  return new Map([...allocation, [table, ids]]);
}
