/** Everything that shows whether a run wrote anything: rows, versions of rows, sequences, counters. */
import assert from "node:assert/strict";
import type { TestDatabase } from "./database.ts";
import { settleKept } from "./kept_connections.ts";
import { counters, drawnValues, type Dump, dumpTables, xmins } from "./dump.ts";

/** What a database shows at one moment. */
export interface Traces {
  readonly rows: Dump;
  readonly versions: unknown;
  readonly sequences: unknown;
  readonly counters: unknown;
}

/** Takes the traces once no run has a connection any more, since a session reports its last counts when a run is over. */
export async function traces({ sql, name }: TestDatabase): Promise<Traces> {
  await settleKept(name);
  for (const end = performance.now() + 5000;;) {
    const left = await sql`
      select 1 from pg_stat_activity where datname = ${name} and application_name like 'flagsmith-provision%'`;
    if (left.length === 0) break;
    assert.ok(performance.now() < end, "A run is still connected");
  }
  return {
    rows: await dumpTables(sql),
    versions: await xmins(sql),
    sequences: await drawnValues(sql),
    counters: await counters(sql),
  };
}

/** Throws unless `work` wrote nothing: no row, not even an unchanged one, no attempt of one, no sequence value. */
export async function assertUntouched<T>(database: TestDatabase, work: () => Promise<T>): Promise<T> {
  const before = await traces(database);
  const result = await work();
  const after = await traces(database);
  assert.deepEqual(after, before);
  return result;
}
