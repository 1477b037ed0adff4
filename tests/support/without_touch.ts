/** Dumps without the one time that a run moves forward on rows that were there before. */
import type { Dump } from "./dump.ts";

/**
 * Environments that existed before and whose flags changed get a later `updated_at`, which the application's own command
 * line forgets and its REST API does (`docs/flagsmith/caches.md#environment-document`): gives `after` with the times of
 * `before`, so that they are compared no further.
 */
export function withoutTouch(before: Dump, after: Dump): Dump {
  const table = "environments_environment";
  const earlier = new Map((before.get(table) ?? []).map((row) => [row["id"], row["updated_at"]]));
  const rows = (after.get(table) ?? []).map((row) => ({
    ...row,
    updated_at: earlier.get(row["id"] ?? null) ?? row["updated_at"] ?? null,
  }));
  return new Map([...after, [table, rows]]);
}
