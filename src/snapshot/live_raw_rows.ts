/** The live rows that the items of `rows` mean: tables without a kind, read in one round trip. */
import type { Column } from "../database/catalog.ts";
import { arrayLiteral, identifier, literal } from "../database/literal.ts";
import { type LastEvent, lastEventsStatement, readLastEvents } from "../log/events.ts";
import type { Ask } from "../database/ask.ts";
import type { Answer } from "../database/session.ts";
import type { RawCell } from "../declarations/raw_rows.ts";
import type { RowResource } from "../graph/resource.ts";
import type { DatabaseState } from "./state.ts";

/** What is known of the rows of a run. */
export interface RawState {
  readonly primaryKeys: ReadonlyMap<string, readonly string[]>;
  readonly live: ReadonlyMap<number, readonly LiveRawRow[]>;
  readonly events: ReadonlyMap<string, LastEvent>;
}

interface LiveRawRow {
  readonly row: Readonly<Record<string, unknown>>;
  /** Columns of `set` that hold another value. */
  readonly differing: readonly string[];
}

/** No rows. */
export const NO_ROWS: RawState = { primaryKeys: new Map(), live: new Map(), events: new Map() };

/** The value of a cell as SQL of its column's type; undefined for what this run creates. */
function sqlValue(
  cell: RawCell,
  column: Column,
  resource: RowResource,
  state: DatabaseState,
): string | undefined {
  const { value } = cell;
  switch (value.kind) {
    case "json":
      return `${literal(JSON.stringify(value.json))}::${column.type}`;
    case "text":
      return value.text === null
        ? `NULL::${column.type}`
        : `${
          literal(/^jsonb?$/.test(column.type) ? JSON.stringify(value.text) : value.text)
        }::${column.type}`;
    case "reference": {
      const target = resource.targets.get(cell.column);
      const id = target === undefined ? undefined : state.live.get(target.index)?.[0]?.id;
      return id === undefined ? undefined : `${literal(String(id))}::${column.type}`;
    }
  }
}

/** Reads primary keys, live rows and log, in one round trip; nothing is asked when there are no rows. */
export async function readRawRows(
  ask: Ask,
  rows: readonly RowResource[],
  state: DatabaseState,
): Promise<RawState> {
  if (rows.length === 0) return NO_ROWS;
  const { schema, logVersion } = state.catalog;
  const names = [...new Set(rows.map(({ row }) => row.table))];
  const looks = lookStatements(rows, state);
  const [keys, ...answers] = await ask("read the rows", [
    `SELECT c.relname::text AS "table", json_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
WHERE i.indisprimary AND c.relname = ANY(${
      arrayLiteral(names, "text")
    }) AND c.relnamespace = to_regnamespace(${literal(identifier(schema))}) GROUP BY 1`,
    ...looks,
    ...(logVersion === 0 ? [] : [lastEventsStatement(schema, rows.map((r) => r.address))]),
  ]);
  const found = new Map<number, LiveRawRow[]>();
  for (const line of answers.slice(0, looks.length).flat()) {
    const at = Number(line["n"]);
    found.set(at, [...found.get(at) ?? [], { row: asRow(line), differing: textsOf(line["differing"]) }]);
  }
  const events = answers[looks.length];
  return {
    primaryKeys: new Map((keys ?? []).map((row) => [String(row["table"]), textsOf(row["columns"])])),
    live: found,
    events: new Map(
      [...readLastEvents(events ?? [])].map((
        [address, event],
      ) => [address, state.look.eventOf(address, event)]),
    ),
  };
}

/** A row to look for: its place in the list, the values of its key, and those that it should have. */
interface Look {
  readonly at: number;
  readonly values: readonly string[];
}

/**
 * Statements that give the live rows and the names of columns that have other values than are wanted. Rows of one table that
 * name the same columns share a statement; one that refers to what this run creates differs there in any case.
 */
function lookStatements(rows: readonly RowResource[], state: DatabaseState): readonly string[] {
  const { tables } = state.catalog;
  const groups = new Map<string, { readonly head: string; readonly tail: string; readonly looks: Look[] }>();
  for (const [at, resource] of rows.entries()) {
    const { table, key, set } = resource.row;
    const columns = tables.get(table);
    if (columns === undefined) continue;
    const joins: string[] = [];
    const tests: string[] = [];
    const values: string[] = [];
    const value = (column: Column, sql: string): string => {
      values.push(comparableSql(column, sql));
      return `w.v${values.length - 1}`;
    };
    for (const cell of key) {
      const column = columns.get(cell.column);
      const sql = column === undefined ? undefined : sqlValue(cell, column, resource, state);
      if (column === undefined || sql === undefined) break;
      // An index is of no use to IS NOT DISTINCT FROM.
      joins.push(
        isNull(cell) ? `${comparable(column)} IS NULL` : `${comparable(column)} = ${value(column, sql)}`,
      );
    }
    if (joins.length < key.length) continue;
    for (const cell of set) {
      const column = columns.get(cell.column);
      if (column === undefined) continue;
      const sql = sqlValue(cell, column, resource, state);
      const test = sql === undefined
        ? "true"
        : `${comparable(column)} IS DISTINCT FROM ${value(column, sql)}`;
      tests.push(`CASE WHEN ${test} THEN ${literal(cell.column)} END`);
    }
    const names = ["n", ...values.map((_, v) => `v${v}`)].join(", ");
    const head = `SELECT w.n, row_to_json(t) AS row, to_json(array_remove(ARRAY[${
      ["NULL::text", ...tests].join(", ")
    }], NULL)) AS differing FROM ${state.look.from(table)} t JOIN (VALUES `;
    const tail = `) AS w(${names}) ON ${joins.join(" AND ")}`;
    const group = groups.get(head + tail) ?? { head, tail, looks: [] };
    group.looks.push({ at, values });
    groups.set(head + tail, group);
  }
  return [...groups.values()].map(({ head, tail, looks }) =>
    `${head}${looks.map(({ at, values }) => `(${[at, ...values].join(", ")})`).join(",\n")}${tail}`
  );
}

function isNull({ value }: RawCell): boolean {
  return value.kind === "text" && value.text === null;
}

function asRow(line: Answer): Readonly<Record<string, unknown>> {
  return Object(line["row"]);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** `json` has no equality of its own. */
function comparable(column: Column | undefined): string {
  const name = `t.${identifier(column?.name ?? "")}`;
  return column?.type === "json" ? `${name}::jsonb` : name;
}

function comparableSql(column: Column | undefined, sql: string): string {
  return column?.type === "json" ? `(${sql})::jsonb` : sql;
}
