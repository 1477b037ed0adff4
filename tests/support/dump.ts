/** What a database holds, before and after: rows, counters, sequences. */
import type { PendingQuery, Sql, TransactionSql } from "postgres";
import { settleKept } from "./kept_connections.ts";

/** A value as `row_to_json` writes it: timestamps are text in UTC, uuids text, numbers numbers. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A row: column → value, in table order. */
export type Row = Readonly<Record<string, Json>>;

/** Every table of the public schema, by name, with its rows ordered by primary key. */
export type Dump = ReadonlyMap<string, readonly Row[]>;

/** What differs between two dumps; tables without a difference are left out. */
export interface DumpDiff {
  readonly inserted: Dump;
  readonly deleted: Dump;
  readonly updated: ReadonlyMap<string, readonly UpdatedRow[]>;
}

/** A row whose primary key stayed and whose columns did not. */
export interface UpdatedRow {
  readonly before: Row;
  readonly after: Row;
  /** Names of the columns that differ. */
  readonly columns: readonly string[];
}

/** Writes to one table since its counters began: rows inserted, updated, deleted. */
export interface TableCounters {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Where a sequence stands. */
export interface SequenceState {
  /** The last value drawn, or the first to be drawn while `isCalled` is false. Text, since it may be a 64-bit number. */
  readonly lastValue: string;
  readonly isCalled: boolean;
}

/** Planning such a query takes longer than running it, and most sessions run it several times. */
const PREPARED = { prepare: true } as const;

/** All rows of all tables of the public schema, of one moment. */
export async function dumpTables(sql: Sql): Promise<Dump> {
  return await sql.begin("isolation level repeatable read read only", async (transaction) => {
    await transaction`set local timezone = 'UTC'`;
    const tables = await transaction<{ name: string; filled: boolean; order: string | null }[]>`
      select c.name, c.filled, case when c.filled then
          (select string_agg(format('t.%I', a.attname), ', ' order by k.position)
           from pg_index i, unnest(i.indkey) with ordinality k(attnum, position), pg_attribute a
           where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid and a.attnum = k.attnum) end as order
      from (select c.oid, c.relname as name, ${isFilled(transaction)} as filled from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition offset 0) c
      order by c.name`;
    const selects = tables.filter(({ filled }) => filled).map(({ name, order }) =>
      `select ${literal(name)} as name, (select json_agg(row_to_json(t.*) order by ${
        order ?? "t::text"
      })::text ` +
      `from public."${name.replaceAll('"', '""')}" t) as rows`
    );
    const rows = selects.length === 0
      ? []
      : await transaction.unsafe<{ name: string; rows: string | null }[]>(
        selects.join(" union all "),
        [],
        PREPARED,
      );
    const texts = new Map(rows.map((row) => [row.name, row.rows]));
    return new Map(tables.map(({ name }) => {
      const text = texts.get(name) ?? null;
      return [name, text === null ? [] : JSON.parse(text) as Row[]];
    }));
  });
}

/** Whether a table `c` is not surely empty: those without a page hold no row, and most of Flagsmith's have none. */
function isFilled(sql: Sql | TransactionSql): PendingQuery<Row[]> {
  return sql`(c.relkind = 'p' or c.relkind = 'r' and pg_relation_size(c.oid) > 0)`;
}

/** Inserted, deleted and updated rows, matched by primary key. A table that only one side has counts as empty on the other. */
export function diffDumps(before: Dump, after: Dump): DumpDiff {
  const inserted = new Map<string, Row[]>();
  const deleted = new Map<string, Row[]>();
  const updated = new Map<string, UpdatedRow[]>();
  for (const table of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const was = byKey(before.get(table) ?? []);
    const is = byKey(after.get(table) ?? []);
    for (const [key, row] of is) {
      const old = was.get(key);
      if (old === undefined) push(inserted, table, row);
      else {
        const columns = [...new Set([...Object.keys(old), ...Object.keys(row)])]
          .filter((column) => JSON.stringify(old[column]) !== JSON.stringify(row[column]));
        if (columns.length > 0) push(updated, table, { before: old, after: row, columns });
      }
    }
    for (const [key, row] of was) if (!is.has(key)) push(deleted, table, row);
  }
  return { inserted, deleted, updated };
}

/**
 * The column that identifies a row of Flagsmith's tables (`docs/flagsmith/tables.md#primary-keys`): `history_id` in
 * history tables, else `id`, `uuid` (feature versions) or `key` (tokens, permissions); undefined where there is none of
 * these.
 */
export function keyColumn(row: Row): string | undefined {
  return ["history_id", "id", "uuid", "key", "session_key", "cache_key", "seq"].find((column) =>
    column in row
  );
}

/**
 * Writes per table since the counters began, without tables that had none. Current for everything that sessions wrote
 * which have ended, are kept for another run or have been idle for a second; `sql`'s own writes are included when it has one connection.
 */
export async function counters(sql: Sql): Promise<ReadonlyMap<string, TableCounters>> {
  await settleKept(sql.options.database);
  const session = await sql.reserve();
  try {
    const [known] = await session`select 1 from pg_proc where proname = 'pg_stat_force_next_flush'`;
    // From PostgreSQL 15 on a session reports its counts at most once a second unless told to, before twice a second; it
    // does at the end of a statement outside a transaction.
    await (known === undefined ? session`select pg_sleep(0.6)` : session`select pg_stat_force_next_flush()`);
    const rows = await session<{ name: string; inserted: string; updated: string; deleted: string }[]>`
      select relname as name, n_tup_ins as inserted, n_tup_upd as updated, n_tup_del as deleted
      from pg_stat_user_tables where schemaname = 'public' and n_tup_ins + n_tup_upd + n_tup_del > 0 order by relname`;
    return new Map(rows.map(({ name, inserted, updated, deleted }) => [
      name,
      { inserted: Number(inserted), updated: Number(updated), deleted: Number(deleted) },
    ]));
  } finally {
    session.release();
  }
}

/** State of every sequence of the public schema, by name. */
export async function sequences(sql: Sql): Promise<ReadonlyMap<string, SequenceState>> {
  const names = await sql<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace order by relname`;
  if (names.length === 0) return new Map();
  const rows = await sql.unsafe<{ name: string; value: string; called: boolean }[]>(
    names.map(({ name }) =>
      `select ${literal(name)} as name, last_value::text as value, is_called as called ` +
      `from public."${name.replaceAll('"', '""')}"`
    ).join(" union all "),
  );
  return new Map(rows.map((row) => [row.name, { lastValue: row.value, isCalled: row.called }]));
}

/**
 * The last value drawn from each sequence of the public schema, null where none was, and the file that holds it, which is another
 * after a restart. Much quicker than `sequences`.
 */
export async function drawnValues(sql: Sql): Promise<ReadonlyMap<string, readonly [string | null, string]>> {
  const rows = await sql<{ name: string; value: string | null; file: string }[]>`
    select relname as name, pg_sequence_last_value(oid)::text as value, relfilenode::text as file
    from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace`;
  return new Map(rows.map(({ name, value, file }) => [name, [value, file]]));
}

/** Table → row (as text) → the transaction that wrote it: equal maps mean that no row was touched, not even rewritten. */
export async function xmins(sql: Sql): Promise<ReadonlyMap<string, readonly string[]>> {
  const filled = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and ${isFilled(sql)} order by c.relname`;
  const names = filled.map(({ name }) => name);
  if (names.length === 0) return new Map();
  const rows = await sql.unsafe<{ name: string; rows: string[] | null }[]>(
    names.map((name) =>
      `select ${literal(name)} as name, (select array_agg(xmin::text || ' ' || ctid::text order by ctid) ` +
      `from public."${name.replaceAll('"', '""')}") as rows`
    ).join(" union all "),
    [],
    PREPARED,
  );
  return new Map(rows.flatMap((row) => row.rows === null ? [] : [[row.name, row.rows]]));
}

function byKey(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => {
    const key = keyColumn(row);
    return [JSON.stringify(key === undefined ? row : row[key]), row];
  }));
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
