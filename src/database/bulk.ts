/** Rows as bulk statements: one INSERT a table, whatever the number of rows. */
import { type Cell, isNewId, type NewId, type Row } from "../flagsmith/cell.ts";
import type { Delete, Insert, Update } from "../flagsmith/row_batch.ts";
import { Secret } from "../source/secret.ts";
import type { Catalog, Column } from "./catalog.ts";
import { castType } from "./column_value.ts";
import { array, arrayText, type Element, typed, typeName } from "./render.ts";
import type { Answer } from "./session.ts";
import {
  all,
  column,
  command,
  type Fragment,
  type Identifier,
  identifier,
  join,
  list,
  NOTHING,
  query,
  sql,
  type Statement,
  tableIn,
  UNION_ALL,
} from "./statement.ts";

/** Drawn ids: table → ids in the order asked for. */
export type Allocation = ReadonlyMap<string, readonly number[]>;

/** One statement that draws all ids of a run, each from its column's own sequence. */
export function allocationStatement(
  counts: ReadonlyMap<string, number>,
  catalog: Catalog,
): Statement | undefined {
  const parts: Fragment[] = [];
  for (const [table, count] of counts) {
    const columns = catalog.tables.get(table);
    const sequence = (columns?.get("history_id") ?? columns?.get("id"))?.sequence;
    if (sequence === undefined || count === 0) continue;
    parts.push(
      sql`SELECT ${table} AS "table", json_agg(nextval(${sequence}::regclass)) AS ids FROM generate_series(1, ${count})`,
    );
  }
  return parts.length === 0 ? undefined : query`${join(parts, UNION_ALL)}`;
}

/** Reads the answer of `allocationStatement`. */
export function readAllocation(answer: readonly Answer[]): Allocation {
  return new Map(
    answer.map((
      row,
    ) => [
      String(row["table"]),
      Array.isArray(row["ids"]) ? row["ids"].map(Number).sort((a, b) => a - b) : [],
    ]),
  );
}

/** The drawn value of an id. */
export function drawn(id: NewId, allocation: Allocation): number {
  const value = allocation.get(id.newIdOf)?.[id.ordinal];
  if (value === undefined) throw new RangeError(`Cannot resolve an id of ${id.newIdOf}: none was drawn`);
  return value;
}

/** A cell as an element of an array of its column's type. */
function plain(cell: Cell, allocation: Allocation, type: string): Element {
  if (cell === null || cell instanceof Secret) return cell;
  if (isNewId(cell)) return drawn(cell, allocation);
  // A plain text in a column of documents is a document, too: a text.
  if (typeof cell !== "object") return /^jsonb?$/.test(type) ? JSON.stringify(cell) : cell;
  const { json } = cell;
  if (json === null) return null;
  return Array.isArray(json) && type.endsWith("[]")
    ? arrayText(json.map((element) => (element === null ? null : String(element))))
    : JSON.stringify(json);
}

/** True for types whose values cannot be elements that `unnest` gives: arrays, which would have to be rectangular, and what may be composite. */
function goesAsText(type: string): boolean {
  return type.endsWith("[]") || type.includes(".");
}

/** The values of a column as an array, of texts where its type asks for that. */
function valuesOf(values: readonly Element[], type: string): Fragment {
  return array(values, typeName(goesAsText(type) ? "text" : castType(type)));
}

/** An element of such an array, of the column's type. */
function elementOf(element: Fragment, type: string): Fragment {
  return goesAsText(type) ? sql`${element}::${typeName(castType(type))}` : element;
}

/** The INSERTs of a batch, a statement per table and set of columns, in the order in which they first appear. Columns and tables that the live schema lacks are left out. */
export function insertStatements(
  inserts: readonly Insert[],
  allocation: Allocation,
  catalog: Catalog,
): readonly Statement[] {
  // Rows of tables with a kind all have the same columns; others have those that a file names.
  const groups = Map.groupBy(inserts, ({ table, row }) => `${table} ${Object.keys(row).sort().join(" ")}`);
  const statements: Statement[] = [];
  for (const group of groups.values()) {
    const table = group[0]?.table ?? "";
    const columns = catalog.tables.get(table);
    if (columns !== undefined) {
      statements.push(insertStatement(table, columns, group.map((i) => i.row), allocation, catalog.schema));
    }
  }
  return statements;
}

function insertStatement(
  table: string,
  columns: ReadonlyMap<string, Column>,
  rows: readonly Row[],
  allocation: Allocation,
  schema: string,
): Statement {
  const names: Identifier[] = [];
  const selected: Fragment[] = [];
  const arrays: Fragment[] = [];
  for (const { name, type } of columns.values()) {
    if (rows[0] === undefined || !(name in rows[0])) continue;
    const values = rows.map((row) => plain(row[name] ?? null, allocation, type));
    names.push(identifier(name));
    const first = values[0] ?? null;
    if (values.every((value) => value === first)) {
      selected.push(typed(first, typeName(castType(type))));
    } else {
      arrays.push(valuesOf(values, type));
      selected.push(elementOf(column("u", `c${arrays.length}`), type));
    }
  }
  // Ids are drawn before, so that rows can refer to each other.
  const own = columns.values().some(({ generated, name }) =>
    generated === "numbering" && rows[0]?.[name] !== undefined
  );
  const target = sql`${tableIn(schema, table)} (${list(names)}) ${
    own ? sql`OVERRIDING SYSTEM VALUE ` : NOTHING
  }SELECT ${list(selected)}`;
  return arrays.length === 0
    ? command`INSERT INTO ${target} FROM generate_series(1, ${rows.length})`
    : command`INSERT INTO ${target} FROM ${unnested(arrays, 1)}`;
}

/** Arrays side by side as rows `u`; their columns are numbered. */
function unnested(arrays: readonly Fragment[], first: number): Fragment {
  const aliases = arrays.map((_, at) => identifier(`c${at + first}`));
  return sql`unnest(${join(arrays, sql`,\n`)}) AS u(${list(aliases)})`;
}

/** The columns of a table that a row names; those that the live table lacks are left out. */
function namedColumns(
  row: Readonly<Record<string, Cell>>,
  columns: ReadonlyMap<string, Column>,
): readonly Column[] {
  return Object.keys(row).map((name) => columns.get(name)).filter((c) => c !== undefined);
}

/** The condition that the row `t` is the one whose key is in the columns of `u` from the first on. */
function hasKey(keys: readonly Column[]): Fragment {
  return all(keys.map(({ name }, at) => sql`${column("t", name)} = ${column("u", `c${at}`)}`));
}

/** The UPDATEs of a batch: rows of one table that change the same columns share a statement. */
export function updateStatements(
  updates: readonly Update[],
  allocation: Allocation,
  catalog: Catalog,
): readonly Statement[] {
  // A row that is changed twice is changed by two statements, the later change last.
  const times = new Map<string, number>();
  const waves = updates.map((update) => {
    const row = JSON.stringify([update.table, update.key]);
    const wave = times.get(row) ?? 0;
    times.set(row, wave + 1);
    return { update, wave };
  }).sort((a, b) => a.wave - b.wave);
  const groups = Map.groupBy(
    waves,
    ({ update: { table, key, after }, wave }) =>
      JSON.stringify([wave, table, Object.keys(key), Object.keys(after).sort()]),
  );
  const statements: Statement[] = [];
  for (const waved of groups.values()) {
    const group = waved.map(({ update }) => update);
    const [first] = group;
    const columns = first === undefined ? undefined : catalog.tables.get(first.table);
    if (first === undefined || columns === undefined) continue;
    const keys = namedColumns(first.key, columns);
    const set = namedColumns(first.after, columns).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (set.length === 0) continue;
    const arrays = [
      ...keys.map((c) =>
        valuesOf(group.map((u) => plain(u.key[c.name] ?? null, allocation, c.type)), c.type)
      ),
      ...set.map((c) =>
        valuesOf(group.map((u) => plain(u.after[c.name] ?? null, allocation, c.type)), c.type)
      ),
    ];
    const assignments = set.map(({ name, type }, at) =>
      sql`${identifier(name)} = ${elementOf(column("u", `c${keys.length + at}`), type)}`
    );
    statements.push(
      command`UPDATE ${tableIn(catalog.schema, first.table)} AS t SET ${list(assignments)}
FROM ${unnested(arrays, 0)} WHERE ${hasKey(keys)}`,
    );
  }
  return statements;
}

/** The DELETEs of a batch, a statement per table and key. */
export function deleteStatements(deletes: readonly Delete[], catalog: Catalog): readonly Statement[] {
  const shape = (row: Delete): string => JSON.stringify([row.table, Object.keys(row.key)]);
  const statements: Statement[] = [];
  for (const group of Map.groupBy(deletes, shape).values()) {
    const [first] = group;
    const columns = first === undefined ? undefined : catalog.tables.get(first.table);
    if (first === undefined || columns === undefined) continue;
    const keys = namedColumns(first.key, columns);
    const arrays = keys.map((c) =>
      valuesOf(group.map((d) => plain(d.key[c.name] ?? null, new Map(), c.type)), c.type)
    );
    statements.push(
      command`DELETE FROM ${tableIn(catalog.schema, first.table)} AS t USING ${unnested(arrays, 0)} WHERE ${
        hasKey(keys)
      }`,
    );
  }
  return statements;
}
