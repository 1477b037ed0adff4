/**
 * Whether a database is again what it was (`docs/log.md#what-teardown-promises`): every table, but the log and times
 * that move forward.
 */
import assert from "node:assert/strict";
import { diffDumps, type Dump, type Row } from "./dump.ts";

/** Throws unless `after` holds the rows of `before`; `updated_at` of an environment may have moved forward. */
export function assertTornDown(before: Dump, after: Dump): void {
  const diff = diffDumps(withoutLog(before), withoutLog(after));
  const moved = new Map(
    [...diff.updated].map(([table, rows]) => [
      table,
      table !== "environments_environment"
        ? rows
        : rows.filter(({ before, after, columns }) =>
          columns.some((column) => column !== "updated_at") || time(after) < time(before)
        ),
    ]).filter(([, rows]) => (rows?.length ?? 0) > 0) as [string, unknown][],
  );
  assert.deepEqual({ inserted: diff.inserted, deleted: diff.deleted, updated: moved }, {
    inserted: new Map(),
    deleted: new Map(),
    updated: new Map(),
  });
}

function withoutLog(dump: Dump): Dump {
  return new Map([...dump].filter(([table]) => table !== "provisioning_log"));
}

function time(row: Row): number {
  return Date.parse(String(row["updated_at"]));
}
