/** What a run has made that somebody wants to hear of: ids with a readable key, users that cannot get in yet. */
import { type Allocation, drawn } from "../database/bulk.ts";
import { isNewId } from "../flagsmith/cell.ts";
import { ALL_KINDS } from "../kinds/specs.ts";
import { hasReadableKey } from "../plan/issued_secrets.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlannedRows } from "./rows.ts";

/** A user that was created and can only get in by a reset link. */
export interface NewUser {
  readonly id: number;
  readonly email: string;
  readonly passwordColumn: string;
  readonly superuser: boolean;
}

/** Ids of what was created and has a key that can be read back. */
export function createdIds(
  plan: Plan,
  rows: PlannedRows,
  allocation: Allocation,
): ReadonlyMap<number, number> {
  return new Map(plan.decisions.flatMap(({ action, resource }) => {
    const id = action === "create" && hasReadableKey(resource.kind)
      ? rows.own.get(resource.index)?.["id"]
      : undefined;
    const drawn = isNewId(id) ? allocation.get(id.newIdOf)?.[id.ordinal] : undefined;
    return drawn === undefined ? [] : [[resource.index, drawn] as const];
  }));
}

/** Users that were created without a usable password. */
export function newUsers(
  plan: Plan,
  rows: PlannedRows,
  allocation: Allocation,
): readonly NewUser[] {
  return plan.decisions.flatMap(({ action, resource }) => {
    const row = rows.own.get(resource.index);
    if (action !== "create" || ALL_KINDS[resource.kind].rotates !== "password" || row === undefined) {
      return [];
    }
    const { password, email, is_superuser: superuser, id } = row;
    if (typeof password !== "string" || !password.startsWith("!") || typeof email !== "string") return [];
    return [{
      id: isNewId(id) ? drawn(id, allocation) : 0,
      email,
      passwordColumn: password,
      superuser: superuser === true,
    }];
  });
}
