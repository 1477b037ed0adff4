/** The two states that a command may leave behind when something fails, and which of them a database is in. */
import assert from "node:assert/strict";
import type { TestDatabase } from "./database.ts";
import { type Dump, dumpTables, type Row } from "./dump.ts";
import { type KeptState, schemaObjects } from "./kept_state.ts";
import { settleKept } from "./kept_connections.ts";
import { normalDump } from "./normal_dump.ts";

/** A database, what it held before a command, and what it holds after it. */
export interface FaultStates {
  readonly database: TestDatabase;
  readonly before: KeptState;
  readonly after: StateAfter;
}

/** What a command that nothing hinders leaves behind, without what is chance. */
export interface StateAfter {
  /** Tables that hold other rows than before. */
  readonly rows: unknown;
  readonly objects: readonly string[];
}

/** The state after a command that nothing has hindered; `dump` is what the database holds. */
export async function stateAfter(
  database: TestDatabase,
  before: KeptState,
  dump: Dump,
): Promise<StateAfter> {
  return {
    rows: comparable(changes(dump, before.dump), before.dump),
    objects: await schemaObjects(database),
  };
}

/** The state of the database as a word; fails with what differs when it is neither. */
export async function stateOf(
  { database, before, after }: FaultStates,
): Promise<{ readonly state: "before" | "after"; readonly dump: Dump }> {
  const dump = await dumpTables(database.sql);
  const objects = await schemaObjects(database);
  const changed = changes(dump, before.dump);
  if (changed.size === 0 && JSON.stringify(objects) === JSON.stringify(before.objects)) {
    return { state: "before", dump };
  }
  assert.deepEqual(
    [objects, comparable(changed, before.dump)],
    [after.objects, after.rows],
    "neither as before nor as after",
  );
  return { state: "after", dump };
}

/** Waits until no run has a session on the server; with `end` it ends those that a split network has left behind. */
export async function noSession({ sql, name }: TestDatabase, end: boolean): Promise<void> {
  await settleKept(name);
  for (const limit = performance.now() + 5000; performance.now() < limit;) {
    const left = await sql`select pid from pg_stat_activity
      where datname = current_database() and application_name like 'flagsmith-provision%'`;
    if (left.length === 0) return;
    for (const { pid } of end ? left : []) await sql`select pg_terminate_backend(${pid})`;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("A session of the tool is still open");
}

/** Tables that hold other rows than before, failures in the log aside; nothing of an untouched one may differ. */
function changes(dump: Dump, before: Dump): ReadonlyMap<string, readonly Row[]> {
  const rowsOf = (from: Dump, table: string): readonly Row[] | undefined =>
    from.get(table)?.filter((row) => table !== "provisioning_log" || row["event"] !== "failed");
  const tables = [...new Set([...before.keys(), ...dump.keys()])];
  return new Map(
    tables.filter((table) => JSON.stringify(rowsOf(dump, table)) !== JSON.stringify(rowsOf(before, table)))
      .map((table) => [table, rowsOf(dump, table) ?? []]),
  );
}

/** Rows without what is chance. The log's numbers become ranks, since a failure takes a number. */
function comparable(changed: ReadonlyMap<string, readonly Row[]>, before: Dump): unknown {
  return [
    ...normalDump(
      new Map([...withoutTouch(changed, before)].map(([table, rows]) => [
        table,
        rows.map((row, rank): Row =>
          // Times that the tool wrote itself end with Z, those of the database with an offset.
          table !== "provisioning_log" && table !== "api_keys_masterapikey" ? row : JSON.parse(
            JSON.stringify({ ...row, seq: rank }).replaceAll(/(T\d\d:\d\d:\d\d\.\d+)Z"/g, '$1+00:00"')
              .replaceAll(/pbkdf2_sha256\$[^"]+/g, "<hash>"),
          )
        ),
      ])),
    ),
  ];
}

/**
 * Environments that were there before say only whether `updated_at` has moved: how far depends on the second of the clock
 * (decision 9), and so does its place among the other times.
 */
function withoutTouch(changed: ReadonlyMap<string, readonly Row[]>, before: Dump): Dump {
  const times = new Map(
    before.get("environments_environment")?.map((row) => [row["id"], String(row["updated_at"])]),
  );
  const touched = (row: Row): Row => {
    const time = times.get(row["id"]);
    if (time === undefined || row["updated_at"] === time) return row;
    return {
      ...row,
      updated_at: Date.parse(String(row["updated_at"])) > Date.parse(time) ? "later" : "earlier",
    };
  };
  return new Map(
    [...changed].map((
      [table, rows],
    ) => [table, table === "environments_environment" ? rows.map(touched) : rows]),
  );
}
