/** A run that did exactly what a recording says, without a database: for testing the comparison itself. */
import type { Dump, Json, Row } from "./dump.ts";
import { keyColumn } from "./dump.ts";
import { instantiate } from "./instantiate_recording.ts";
import { baseTable } from "./flagsmith_catalog.ts";
import { hashPassword } from "./password_hash.ts";
import { parseSymbol, type Recording } from "./recordings.ts";
import { randomKinds } from "./recorded_facts.ts";
import type { Run } from "./run_facts.ts";

/** How the imagined database numbers and lists its rows. */
export interface Imagination {
  /** Next primary key of a table. */
  id(table: string): number;
  /** Order in which to list rows; by default as recorded. */
  shuffle?(rows: readonly Row[]): Row[];
}

const earlier = "2025-06-01T12:00:00.123456+00:00";

/** The database before and after: rows that existed are known by their keys only, since a recording says no more of them. */
export function imagineRun(recording: Recording, imagination: Imagination): Run {
  const instance = instantiate(recording, {
    id: imagination.id,
    contentType: (name) => name,
    // Only passwords of users are verified; a key's hash is not derived again.
    password: (password, hasher) =>
      password.includes(".") || password.length === 41
        ? `${hasher}$${"a".repeat(22)}$${btoa(password.slice(0, 32).padEnd(32, "k"))}`
        : hashPassword(password, hasher),
    now: (order) => new Date(Date.UTC(2026, 0, 1) + order).toISOString(),
    then: () => earlier,
  }, new Map());
  const before = new Map<string, Row[]>([["earlier", [{ id: 1, at: earlier }]]]);
  const after = new Map<string, Row[]>([["earlier", [{ id: 1, at: earlier }]]]);
  const put = (dump: Map<string, Row[]>, table: string, row: Row) =>
    dump.set(table, [...dump.get(table) ?? [], row]);
  const settled = new Set<string>();
  for (const [table, rows] of instance.rows) {
    for (const row of rows) {
      put(after, table, row);
      settled.add(`${table} ${row[keyColumn(row) ?? ""]}`);
    }
  }
  for (const [table, rows] of instance.deleted) {
    for (const row of rows) {
      put(before, table, row);
      settled.add(`${table} ${row[keyColumn(row) ?? ""]}`);
    }
  }
  for (const [table, list] of instance.updated) {
    for (const { row, before: old, after: changed } of list) {
      const key = keyColumns(table, row);
      put(before, table, { ...key, ...old });
      put(after, table, { ...key, ...changed });
      settled.add(`${table} ${row}`);
    }
  }
  if (recording.dataset === undefined) addExisting(recording, instance.symbols, settled, [before, after]);
  const shuffled = (dump: Map<string, Row[]>): Dump =>
    new Map([...dump].map(([table, rows]) => [table, imagination.shuffle?.(rows) ?? rows]));
  return { before: shuffled(before), after: shuffled(after) };
}

/** The columns that identify a row; the id of a master key is made of two others. */
function keyColumns(table: string, key: Json): Row {
  if (table === "feature_versioning_environmentfeatureversion") return { uuid: key };
  if (table !== "api_keys_masterapikey") return { id: key };
  const [prefix = "", hash = ""] = String(key).split(/\.(.*)/s);
  return { id: key, prefix, hashed_key: hash };
}

/** Adds the rows that an operation mentions and that it neither made nor made and removed again. */
function addExisting(
  recording: Recording,
  symbols: ReadonlyMap<string, Json>,
  settled: ReadonlySet<string>,
  dumps: readonly Map<string, Row[]>[],
): void {
  const passing = new Set(
    Object.entries(recording.rows).flatMap(([table, rows]) =>
      baseTable(table) === undefined
        ? []
        : rows.filter((row) => row["history_type"] === "+").map((row) => row["id"])
    ),
  );
  for (const [name, value] of symbols) {
    const kind = parseSymbol(name)?.kind ?? "";
    if (randomKinds.has(kind) || settled.has(`${kind} ${value}`) || passing.has(name)) continue;
    const key = baseTable(kind) === undefined ? "id" : "history_id";
    for (const dump of dumps) dump.set(kind, [...dump.get(kind) ?? [], { [key]: value }]);
  }
}
