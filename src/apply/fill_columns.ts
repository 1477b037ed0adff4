/** Columns that the program does not know, in the rows of a run: filled in new rows, kept of rows that are deleted. */
import type { Catalog } from "../database/catalog.ts";
import type { ColumnFill } from "../database/column_fill.ts";
import { array, typeName } from "../database/render.ts";
import { column, query, type Statement, tableIn } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import { type Cell, idKey, isNewId, type Row, rowOfJson } from "../flagsmith/cell.ts";
import { HISTORY } from "../flagsmith/history.ts";
import type { Insert, RowBatch } from "../flagsmith/row_batch.ts";
import { LOOKS_SECRET } from "../kinds/secrets.ts";

/** What functions of the application are made from. */
export interface FillSources {
  /** The time of new rows, ISO 8601 in UTC. */
  readonly now: string;
  readonly uuid: () => string;
  /** A key as the application makes one for an environment; its `create_hash` is the same. */
  readonly clientKey: () => string;
  readonly serverKey: () => string;
}

const BASES: ReadonlyMap<string, string> = new Map(
  Object.entries(HISTORY).map(([base, history]) => [history.table, base]),
);

/** Live rows of which the batch does not hold all columns. */
interface Wanted {
  readonly table: string;
  readonly key: string;
  readonly ids: ReadonlySet<string>;
}

/**
 * Statements that read what the batch does not know of live rows: unknown columns, which a history row repeats and which the
 * log needs to put a deleted row back. None on a release whose columns are all known.
 */
export function unknownCellStatements(batch: RowBatch, catalog: Catalog): readonly Statement[] {
  const wanted = new Map<string, { key: string; ids: Set<string> }>();
  const want = (table: string, key: string, id: Cell | undefined): void => {
    if (typeof id !== "number" && typeof id !== "string") return;
    const known = wanted.get(table) ?? { key, ids: new Set<string>() };
    known.ids.add(String(id));
    wanted.set(table, known);
  };
  for (const { table, row } of batch.inserts) {
    const base = BASES.get(table);
    if (base !== undefined && repeated(catalog, table, base, row).length > 0) {
      want(base, keyColumn(base), row[keyColumn(base)]);
    }
  }
  for (const { table, key, row } of batch.deletes) {
    const [name, ...others] = Object.keys(key);
    if (name === undefined || others.length > 0 || missing(catalog, table, row).length === 0) continue;
    want(table, name, key[name]);
  }
  return [...wanted].map(([table, { key, ids }]) => cellStatement({ table, key, ids }, catalog));
}

function cellStatement({ table, key, ids }: Wanted, catalog: Catalog): Statement {
  const type = catalog.tables.get(table)?.get(key)?.type ?? "text";
  return query`SELECT ${table}::text AS "table", ${
    column("t", key)
  }::text AS id, row_to_json(t.*) AS row FROM ${tableIn(catalog.schema, table)} t WHERE ${
    column("t", key)
  } = ANY(${array([...ids], typeName(type))})`;
}

/** Fills the rows of a batch; `answers` are those to `unknownCellStatements`. */
export function fillUnknownColumns(
  batch: RowBatch,
  catalog: Catalog,
  answers: readonly (readonly Answer[])[],
  sources: FillSources,
): void {
  if (answers.length === 0 && catalog.fills.size === 0) return;
  const live = new Map(answers.flat().map((row) => [rowKey(String(row["table"]), String(row["id"])), row]));
  const bases = new Map<string, Row>();
  // Base rows first: history rows repeat them.
  for (const histories of [false, true]) {
    for (const [at, insert] of batch.inserts.entries()) {
      const base = BASES.get(insert.table);
      if ((base !== undefined) !== histories) continue;
      const copied = base === undefined ? {} : copiedCells(insert, base, bases, live, catalog);
      const row = { ...insert.row, ...copied };
      const filled = { ...row, ...filledCells(catalog.fills.get(insert.table) ?? [], row, sources) };
      batch.inserts[at] = { ...insert, row: filled };
      const id = cellKey(filled[keyColumn(insert.table)]);
      if (id !== undefined && HISTORY[insert.table] !== undefined) {
        bases.set(rowKey(insert.table, id), filled);
      }
    }
  }
  for (const [at, deleted] of batch.deletes.entries()) {
    const whole: unknown = live.get(rowKey(deleted.table, String(Object.values(deleted.key)[0])))?.["row"];
    if (whole === undefined) continue;
    const rest = missing(catalog, deleted.table, deleted.row).map((name): [string, Cell] => [
      name,
      // Nobody knows what is in a column of such a name, and the log must hold no secret.
      { json: LOOKS_SECRET.test(name) ? { secret: true } : Reflect.get(Object(whole), name) ?? null },
    ]);
    batch.deletes[at] = { ...deleted, row: { ...deleted.row, ...Object.fromEntries(rest) } };
  }
}

/** What a history row repeats of its base row: one of this run, or a live one. */
function copiedCells(
  { table, row }: Insert,
  base: string,
  bases: ReadonlyMap<string, Row>,
  live: ReadonlyMap<string, Answer>,
  catalog: Catalog,
): Row {
  const id = cellKey(row[keyColumn(base)]);
  const names = repeated(catalog, table, base, row);
  if (id === undefined || names.length === 0) return {};
  const whole = bases.get(rowKey(base, id)) ?? rowOfJson(live.get(rowKey(base, id))?.["row"]);
  // What the base row leaves to the database, the history row leaves to it, too.
  return Object.fromEntries(names.filter((name) => name in whole).map((name) => [name, whole[name] ?? null]));
}

function filledCells(fills: readonly ColumnFill[], row: Row, sources: FillSources): Row {
  return Object.fromEntries(
    fills.filter(({ column }) => (row[column] ?? null) === null).map((
      fill,
    ) => [fill.column, fillCell(fill, sources)]),
  );
}

/** The value of a column in one new row. */
function fillCell({ type, value }: ColumnFill, sources: FillSources): Cell {
  if (value.kind === "constant") return /^jsonb?$/.test(type) ? { json: JSON.parse(value.text) } : value.text;
  switch (value.name) {
    case "now":
      return sources.now;
    case "uuid4":
      return sources.uuid();
    case "generate_client_api_key":
    case "create_hash":
      return sources.clientKey();
    case "generate_server_api_key":
      return sources.serverKey();
  }
}

/** The columns of a live table that a row lacks. */
function missing(catalog: Catalog, table: string, row: Row): readonly string[] {
  return [...catalog.tables.get(table)?.keys() ?? []].filter((name) => !(name in row));
}

/** The columns of a history table that a row lacks and that its base table has. */
function repeated(catalog: Catalog, table: string, base: string, row: Row): readonly string[] {
  const columns = catalog.tables.get(base);
  return columns === undefined ? [] : missing(catalog, table, row).filter((name) => columns.has(name));
}

/** The primary key by which rows of a table are known: versions of flags have a uuid. */
function keyColumn(table: string): string {
  return table === "feature_versioning_environmentfeatureversion" ? "uuid" : "id";
}

function cellKey(cell: Cell | undefined): string | undefined {
  return typeof cell === "string"
    ? cell
    : typeof cell === "number" || isNewId(cell)
    ? idKey(cell)
    : undefined;
}

function rowKey(table: string, id: string): string {
  return `${table} ${id}`;
}

/** The same as text that PostgreSQL reads, for a row that is no part of a batch. */
export function fillText(fill: ColumnFill, sources: FillSources): string {
  return fill.value.kind === "constant" ? fill.value.text : String(fillCell(fill, sources));
}
