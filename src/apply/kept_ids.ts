/** Ids that a reset gives again. */
import type { Allocation } from "../database/bulk.ts";
import { isNewId } from "../flagsmith/cell.ts";
import { ALL_KINDS, type KindName } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlannedRows } from "./rows.ts";

/** The ids that entities had before, by kind and chosen key (`Kind.keepsId`). */
export type KeptIds = ReadonlyMap<KindName, ReadonlyMap<string, number>>;

/** The ids that were drawn, but for entities that keep theirs. */
export function withKeptIds(
  allocation: Allocation,
  rows: PlannedRows,
  plan: Plan,
  kept: KeptIds | undefined,
): Allocation {
  const changed = new Map(allocation);
  for (const [kind, before] of kept ?? []) {
    const { table } = LIVE_TABLES[kind];
    const ids = [...allocation.get(table) ?? []];
    for (const { action, resource } of plan.decisions) {
      if (action !== "create" || resource.kind !== kind) continue;
      const row = rows.own.get(resource.index);
      const id = row?.["id"];
      const former = before.get(String(row?.[ALL_KINDS[kind].keepsId ?? ""]));
      if (isNewId(id) && former !== undefined) ids[id.ordinal] = former;
    }
    changed.set(table, ids);
  }
  return changed;
}
