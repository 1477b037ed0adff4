/** Databases as the real application would have made them. */
import type { JSONValue, Sql, TransactionSql } from "postgres";
import { type Json, keyColumn, type Row } from "./dump.ts";
import { baseTable } from "./flagsmith_catalog.ts";
import { hashPassword } from "./password_hash.ts";
import { instantiate } from "./instantiate_recording.ts";
import { parseSymbol, type Recording } from "./recordings.ts";

/** What a replay wrote. */
export interface Replay {
  /** Symbol of the recording → value in the database. */
  readonly symbols: ReadonlyMap<string, Json>;
  /** Milliseconds since the epoch up to which the replay used the clock. */
  readonly end: number;
}

/**
 * Inserts the rows of a recording, updates what it updated and deletes what it deleted, in one transaction: ids from the
 * sequences, random keys, valid password hashes, `$now` from 2026-01-01 on, a millisecond per rank. For a recording
 * that starts from a database which another one left (`older/2.265.0/core.more`), pass the replay of that as `after`.
 * Throws when a symbol of an existing row is not known from `after`.
 */
export async function replayRecording(sql: Sql, recording: Recording, after?: Replay): Promise<Replay> {
  const known = new Map(
    [...after?.symbols ?? []].filter(([name]) => isTable(name) || name.startsWith("$master_key_")),
  );
  return await sql.begin(async (transaction) => {
    await findCopies(transaction, recording, known);
    const [types, ids, bases] = [
      await transaction<{ id: number; name: string }[]>`
        select id, app_label || '.' || model as name from django_content_type`,
      await drawIds(transaction, recording, known),
      await baseRows(transaction, recording, known),
    ];
    const start = (after?.end ?? Date.UTC(2026, 0, 1) - 1000) + 1000;
    let end = start;
    const instance = instantiate(recording, {
      id: (table) => {
        const id = ids.get(table)?.shift();
        if (id === undefined) {
          throw new Error(`Cannot replay ${recording.name}: a row of ${table} does not exist`);
        }
        return id;
      },
      contentType: (name) => types.find((type) => type.name === name)?.id ?? null,
      password: hashPassword,
      now: (order) => {
        end = Math.max(end, start + order);
        return new Date(start + order).toISOString();
      },
      then: (table, row, column) =>
        String(bases.get(`${table} ${row["id"]}`)?.[column] ?? new Date(start).toISOString()),
    }, known);
    for (const [table, rows] of instance.rows) await insertRows(transaction, table, rows);
    for (const [table, list] of instance.updated) {
      for (const { row, after } of list) await updateRow(transaction, table, row, after);
    }
    for (const [table, rows] of instance.deleted) {
      for (const row of rows) {
        const key = keyColumn(row) ?? "id";
        await transaction`delete from ${transaction(table)} where ${transaction(key)}::text = ${
          String(row[key])
        }`;
      }
    }
    return { symbols: instance.symbols, end: end + 1 };
  });
}

/** Inserts whole rows as they are. Foreign keys are checked at the end of the transaction. */
export async function insertRows(
  sql: Sql | TransactionSql,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  // A newer schema has columns that the recording does not know: those take their defaults.
  const columns = sql(Object.keys(rows[0] ?? {}));
  await sql`insert into ${sql(table)} (${columns})
    select ${columns} from jsonb_populate_recordset(null::${sql(table)}, ${
    sql.json(rows as unknown[] as JSONValue)
  })`;
}

async function updateRow(sql: TransactionSql, table: string, key: Json, columns: Row): Promise<void> {
  const [sample] = await sql`select * from ${sql(table)} limit 1`;
  const name = sample === undefined ? "id" : keyColumn(sample) ?? "id";
  const names = Object.keys(columns);
  const list = names.map((column) => `"${column}"`).join(", ");
  await sql`update ${sql(table)} set (${sql.unsafe(list)}) =
    (select ${sql.unsafe(list)} from jsonb_populate_record(null::${sql(table)}, ${
    sql.json(columns as JSONValue)
  }))
    where ${sql(name)}::text = ${String(key)}`;
}

/** Draws as many ids as the recording needs from each table's sequence, ascending. */
async function drawIds(
  sql: TransactionSql,
  recording: Recording,
  known: ReadonlyMap<string, Json>,
): Promise<Map<string, number[]>> {
  const needed = new Map<string, number>();
  const made = new Set(
    Object.values(recording.rows).flat()
      .flatMap((row) => [row[keyColumn(row) ?? ""], ...(row["history_type"] === "+" ? [row["id"]] : [])])
      .map(String),
  );
  for (const name of symbolsOf(recording)) {
    const kind = parseSymbol(name)?.kind;
    if (kind === undefined || !isTable(name) || known.has(name)) continue;
    if (recording.dataset === undefined && !made.has(name)) {
      throw new Error(`Cannot replay ${recording.name}: the row ${name} is not in the database`);
    }
    needed.set(kind, (needed.get(kind) ?? 0) + 1);
  }
  const drawn = new Map<string, number[]>();
  for (const [table, count] of needed) {
    const key = baseTable(table) === undefined ? "id" : "history_id";
    const rows = await sql<{ id: number }[]>`
      select nextval(pg_get_serial_sequence(${table}, ${key}))::int as id from generate_series(1, ${count}::int)`;
    drawn.set(table, rows.map((row) => row.id));
  }
  return drawn;
}

/** The rows that exist already and that history rows of the recording copy from. */
async function baseRows(
  sql: TransactionSql,
  recording: Recording,
  known: ReadonlyMap<string, Json>,
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  for (const [table, rows] of Object.entries(recording.rows)) {
    const base = baseTable(table);
    for (const row of rows) {
      const id = known.get(String(row["id"]));
      if (base === undefined || id === undefined) continue;
      const [existing] = await sql<{ row: Row }[]>`
        select row_to_json(t.*) as row from ${sql(base)} t where id = ${Number(id)}`;
      if (existing !== undefined) found.set(`${table} ${row["id"]}`, existing.row);
    }
  }
  return found;
}

/** Finds the values of uuids and keys that history rows copy from rows which exist already. */
async function findCopies(
  sql: TransactionSql,
  recording: Recording,
  known: Map<string, Json>,
): Promise<void> {
  const bases = await baseRows(sql, recording, known);
  for (const [table, rows] of Object.entries(recording.rows)) {
    for (const row of rows) {
      const base = bases.get(`${table} ${row["id"]}`);
      for (const [column, value] of Object.entries(row)) {
        const kind = parseSymbol(value)?.kind;
        const copied = base?.[column];
        if ((kind === "uuid" || kind === "client_key") && copied !== undefined) {
          known.set(String(value), copied);
        }
      }
    }
  }
}

function symbolsOf(recording: Recording): Set<string> {
  const text = JSON.stringify([recording.rows, recording.updated, recording.deleted]);
  return new Set([...text.matchAll(/\$[a-z_0-9]+\.\d+/g)].map((match) => match[0]));
}

/** True for symbols that stand for a primary key from a sequence. */
function isTable(symbol: string): boolean {
  return /^\$[a-z0-9]+_[a-z0-9_]+\.\d+$/.test(symbol) &&
    !/^\$(client_key|server_key|master_key_\w+|auth_token)\./.test(symbol);
}
