/** The live rows that the items of `rows` mean: tables without a kind, read in one round trip. */
import type { Catalog, Column } from "../database/catalog.ts";
import { texts, typed, typeName } from "../database/render.ts";
import {
  all,
  column as columnOf,
  type Fragment,
  identifier,
  join,
  list,
  query,
  sql,
  type Statement,
} from "../database/statement.ts";
import { isNow } from "../flagsmith/clock_words.ts";
import { Secret } from "../source/secret.ts";
import { type LastEvent, lastEventsStatement, readLastEvents } from "../log/events.ts";
import type { Ask } from "../database/ask.ts";
import type { Answer } from "../database/session.ts";
import type { RawCell } from "../declarations/raw_rows.ts";
import type { RowResource } from "../graph/resource.ts";
import { eventsOfRowsStatement } from "../log/events_of_rows.ts";
import type { Rename } from "../log/former_addresses.ts";
import { isActive } from "../log/is_active.ts";
import type { LiveRows } from "./live.ts";
import type { Misfit } from "./raw_row_misfits.ts";
import { NOWHERE, readKnownElsewhere, type UnknownRow } from "./renamed_rows.ts";
import type { Look as SnapshotLook } from "./look.ts";

/** What rows without a kind need to know of the entities that they refer to. */
export interface LiveEntities {
  readonly catalog: Catalog;
  readonly live: LiveRows;
  readonly look: SnapshotLook;
}

/** What is known of the rows of a run. */
export interface RawState {
  readonly primaryKeys: ReadonlyMap<string, readonly string[]>;
  readonly live: ReadonlyMap<number, readonly LiveRawRow[]>;
  readonly events: ReadonlyMap<string, LastEvent>;
  /** Values that PostgreSQL does not take; where there are some, nothing was looked for. */
  readonly misfits: readonly Misfit[];
  /** Other addresses by which the log knows rows whose key names an entity that was renamed. */
  readonly renamedByOthers: readonly Rename[];
}

/** A live row. */
export interface LiveRawRow {
  readonly row: Readonly<Record<string, unknown>>;
  /** Columns of `set` that hold another value. */
  readonly differing: readonly string[];
}

/** No rows. */
export const NO_ROWS: RawState = {
  primaryKeys: new Map(),
  live: new Map(),
  events: new Map(),
  misfits: [],
  renamedByOthers: [],
};

/** The value of a cell as SQL of its column's type; undefined for what this run creates. */
function sqlValue(
  cell: RawCell,
  column: Column,
  resource: RowResource,
  state: LiveEntities,
): Fragment | undefined {
  const text = textOf(cell, column, resource, state);
  return text === undefined
    ? undefined
    : typed(text === null || !cell.secret ? text : new Secret(text), typeName(column.type));
}

function textOf(
  cell: RawCell,
  column: Column,
  resource: RowResource,
  state: LiveEntities,
): string | null | undefined {
  const { value } = cell;
  switch (value.kind) {
    case "json":
      return JSON.stringify(value.json);
    case "text":
      return value.text !== null && /^jsonb?$/.test(column.type) ? JSON.stringify(value.text) : value.text;
    case "reference": {
      const target = resource.targets.get(cell.column);
      const id = target === undefined ? undefined : state.live.get(target.index)?.[0]?.id;
      return id === undefined ? undefined : String(id);
    }
  }
}

/**
 * Reads primary keys, live rows and log, in one round trip; nothing is asked when there are no rows. One more where the log does
 * not know the address of a live row whose key names an entity: that may have been renamed.
 */
export async function readRawRows(
  ask: Ask,
  rows: readonly RowResource[],
  state: LiveEntities,
): Promise<RawState> {
  if (rows.length === 0) return NO_ROWS;
  const { schema, logVersion } = state.catalog;
  const names = [...new Set(rows.map(({ row }) => row.table))];
  const looks = lookStatements(rows, state);
  const [keys, ...answers] = await ask("read the rows", [
    query`SELECT c.relname::text AS "table", json_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
WHERE i.indisprimary AND c.relname = ANY(${
      texts(names)
    }) AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = ${schema}) GROUP BY 1`,
    ...looks,
    ...(logVersion === 0 ? [] : [lastEventsStatement(schema, rows.map((r) => r.address))]),
  ]);
  const found = readLooks(answers.slice(0, looks.length));
  const primaryKeys = new Map((keys ?? []).map((row) => [String(row["table"]), textsOf(row["columns"])]));
  const events = readLastEvents(answers[looks.length] ?? []);
  const unknown = logVersion === 0 ? [] : unknownRawRows(rows, found, primaryKeys, events);
  const elsewhere = unknown.length === 0 ? NOWHERE : readKnownElsewhere(
    (await ask("read the log", [eventsOfRowsStatement(schema, unknown)]))[0] ?? [],
    unknown,
  );
  return {
    primaryKeys,
    live: found,
    misfits: [],
    events: new Map(
      [...events, ...elsewhere.events].map((
        [address, event],
      ) => [address, state.look.eventOf(address, event)]),
    ),
    renamedByOthers: elsewhere.renames,
  };
}

/** Live rows of whose address the log says nothing, and whose address has the name of an entity in it. */
function unknownRawRows(
  rows: readonly RowResource[],
  live: ReadonlyMap<number, readonly LiveRawRow[]>,
  primaryKeys: ReadonlyMap<string, readonly string[]>,
  events: ReadonlyMap<string, LastEvent>,
): readonly UnknownRow[] {
  return rows.flatMap(({ row: { table, key }, address }, n): readonly UnknownRow[] => {
    const event = events.get(address);
    const [found, ...more] = live.get(n) ?? [];
    const [column, ...others] = primaryKeys.get(table) ?? [];
    const id = column === undefined ? undefined : found?.row[column];
    if (found === undefined || column === undefined || more.length + others.length > 0) return [];
    if (isActive(event) || !key.some(({ value }) => value.kind === "reference")) return [];
    if (typeof id !== "number" && typeof id !== "string") return [];
    return [{
      n,
      kind: "row",
      key: { [column]: id },
      address,
      live: { table, row: found.row, parentUuid: undefined },
      event,
    }];
  });
}

/** The rows that `lookStatements` found, by their place in its list. */
export function readLooks(
  answers: readonly (readonly Answer[])[],
): ReadonlyMap<number, readonly LiveRawRow[]> {
  return Map.groupBy(
    answers.flat().map((line) => ({
      at: Number(line["n"]),
      row: asRow(line),
      differing: textsOf(line["differing"]),
    })),
    ({ at }) => at,
  );
}

/** A row to look for: its place in the list, the values of its key, and those that it should have. */
interface Look {
  readonly at: number;
  readonly values: readonly Fragment[];
}

/** What the looks of one statement share: columns that identify, and those that are compared. */
interface LookShape {
  readonly table: string;
  readonly joins: readonly Fragment[];
  readonly tests: readonly Fragment[];
  readonly looks: Look[];
}

/**
 * Statements that give the live rows and the names of columns that have other values than are wanted. Rows of one table that
 * name the same columns share a statement; one that refers to what this run creates differs there in any case.
 */
export function lookStatements(rows: readonly RowResource[], state: LiveEntities): readonly Statement[] {
  const { tables } = state.catalog;
  const groups = new Map<string, LookShape>();
  for (const [at, resource] of rows.entries()) {
    const { table, key, set } = resource.row;
    const columns = tables.get(table);
    if (columns === undefined) continue;
    const joins: Fragment[] = [];
    const tests: Fragment[] = [];
    const values: Fragment[] = [];
    /** Columns with what is done with each: equal for rows that can share a statement. */
    const shape: unknown[] = [table];
    const value = (column: Column, fragment: Fragment): Fragment => {
      values.push(comparableValue(fragment, column.type));
      return columnOf("w", `v${values.length - 1}`);
    };
    for (const cell of key) {
      const column = columns.get(cell.column);
      const wanted = column === undefined ? undefined : sqlValue(cell, column, resource, state);
      if (column === undefined || wanted === undefined) break;
      shape.push([cell.column, isNull(cell)]);
      // An index is of no use to IS NOT DISTINCT FROM.
      joins.push(
        isNull(cell)
          ? sql`${comparable(column)} IS NULL`
          : sql`${comparable(column)} = ${value(column, wanted)}`,
      );
    }
    if (joins.length < key.length) continue;
    for (const cell of set) {
      const column = columns.get(cell.column);
      // What counts for a new row alone differs from nothing that is there.
      if (column === undefined || countsOnce(cell, column)) continue;
      const wanted = sqlValue(cell, column, resource, state);
      shape.push([cell.column, wanted === undefined]);
      const test = wanted === undefined
        ? sql`true`
        : sql`${comparable(column)} IS DISTINCT FROM ${value(column, wanted)}`;
      tests.push(sql`CASE WHEN ${test} THEN ${cell.column} END`);
    }
    const name = JSON.stringify(shape);
    const group = groups.get(name) ?? { table, joins, tests, looks: [] };
    group.looks.push({ at, values });
    groups.set(name, group);
  }
  return [...groups.values()].map(({ table, joins, tests, looks }) => {
    const names = ["n", ...looks[0]?.values.map((_, v) => `v${v}`) ?? []].map(identifier);
    const wanted = looks.map(({ at, values }) => sql`(${list([at, ...values])})`);
    return query`SELECT w.n, row_to_json(t.*) AS row, to_json(array_remove(ARRAY[${
      list([sql`NULL::text`, ...tests])
    }], NULL)) AS differing FROM ${state.look.from(table)} t JOIN (VALUES ${join(wanted, sql`,\n`)}) AS w(${
      list(names)
    }) ON ${all(joins)}`;
  });
}

function countsOnce({ value }: RawCell, { fullType }: Column): boolean {
  return value.kind === "text" && isNow(value.text, fullType);
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

function comparable({ name, type }: Column): Fragment {
  return comparableValue(columnOf("t", name), type);
}

/** Types that PostgreSQL cannot compare, or compares by size alone. */
const WITHOUT_EQUALITY = /^(xml|point|line|lseg|box|path|polygon|circle|jsonpath)(\[\])?$/;

/**
 * A value of a type that PostgreSQL's own operators compare. `json` has no equality of its own, and those of types in other
 * schemas, which have a dot in their names, are not looked up (`begin.ts`): such values are compared as PostgreSQL writes them.
 */
function comparableValue(value: Fragment, type: string): Fragment {
  if (type === "json") return sql`(${value})::jsonb`;
  return type.includes(".") || WITHOUT_EQUALITY.test(type) ? sql`(${value})::text` : value;
}
