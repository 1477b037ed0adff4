/**
 * Unique values that change hands between rows. PostgreSQL checks a unique index with each row that a statement changes, so a
 * row first gives up a value that another one is to take: for the moment it holds a placeholder, or NULL where it may.
 */
import type { Catalog, Column } from "./catalog.ts";
import { castType } from "./column_value.ts";
import { array, type Element, typeName } from "./render.ts";
import {
  all,
  column as columnOf,
  command,
  type Fragment,
  identifier,
  join,
  list,
  sql,
  type Statement,
  tableIn,
} from "./statement.ts";
import type { TableRules } from "./table_rules.ts";
import { Secret } from "../source/secret.ts";

/** A live row that gets other values. */
export interface ChangingRow {
  readonly table: string;
  /** Columns and values that identify it. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** A row that is inserted. */
export interface ArrivingRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What placeholders need of the catalog. */
export interface UniqueCatalog extends Pick<Catalog, "schema" | "tables"> {
  readonly rules: ReadonlyMap<string, TableRules>;
}

/** What every placeholder of a text column begins with, where the column is long enough. */
const MARK = "flagsmith-provision:";

/**
 * The statements that free the unique values which rows give up and others take; to be run before either is written. A
 * statement for each column; none where nothing changes hands.
 */
export function placeholderStatements(
  changing: readonly ChangingRow[],
  arriving: readonly ArrivingRow[],
  catalog: UniqueCatalog,
): readonly Statement[] {
  return [...Map.groupBy(changing, (row) => row.table)].flatMap(([table, rows]) => {
    const columns = catalog.tables.get(table);
    if (columns === undefined) return [];
    return uniqueColumns(table, columns, catalog).flatMap((column): readonly Statement[] => {
      const moving = rows.filter((row) => column.name in row.after);
      if (moving.length === 0) return [];
      const takers = new Map<string, Set<string>>();
      const take = (value: unknown, taker: string): void => {
        const text = textOf(value);
        if (text !== undefined) takers.set(text, (takers.get(text) ?? new Set()).add(taker));
      };
      for (const row of moving) take(row.after[column.name], nameOf(row));
      for (const { table: other, row } of arriving) if (other === table) take(row[column.name], "");
      const giving = new Map(
        moving.filter((row) => {
          const of = takers.get(textOf(row.before[column.name]) ?? "");
          return of !== undefined && (of.size > 1 || !of.has(nameOf(row)));
        }).map((row) => [nameOf(row), row]),
      );
      const value = giving.size === 0 ? undefined : placeholder(column);
      return value === undefined
        ? []
        : [statement(table, columns, column, [...giving.values()], value, catalog)];
    });
  });
}

/** The columns of a table that a unique index looks at, its expressions included. */
function uniqueColumns(
  table: string,
  columns: ReadonlyMap<string, Column>,
  { rules }: UniqueCatalog,
): readonly Column[] {
  const names = new Set(
    (rules.get(table)?.constraints ?? []).filter(({ definition }) => !/^(?:CHECK|EXCLUDE)\b/.test(definition))
      .flatMap(({ definition }) => definition.replace(/ WHERE .*$/s, "").match(/"(?:[^"]|"")+"|\w+/g) ?? [])
      .map((word) => word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word),
  );
  return [...columns.values()].filter(({ name }) => names.has(name));
}

/** Undefined for columns whose values are never given up for others. */
function placeholder({ type, notNull, maxLength = Infinity }: Column): Fragment | undefined {
  if (!notNull) return sql`NULL`;
  const random = sql`md5(random()::text || clock_timestamp()::text || u.n::text)`;
  if (type === "uuid") return sql`${random}::uuid`;
  if (type === "text" || type === "character varying") {
    return maxLength < MARK.length + 32 ? sql`left(${random}, ${maxLength})` : sql`${MARK} || ${random}`;
  }
  if (type === "integer" || type === "bigint") return sql`(2147483647 - u.n)`;
  return undefined;
}

function statement(
  table: string,
  columns: ReadonlyMap<string, Column>,
  { name, type }: Column,
  rows: readonly ChangingRow[],
  value: Fragment,
  { schema }: UniqueCatalog,
): Statement {
  const keys = Object.keys(rows[0]?.key ?? {});
  const arrays = keys.map((key) =>
    array(rows.map((row) => elementOf(row.key[key])), typeName(castType(columns.get(key)?.type ?? "text")))
  );
  const aliases = [...keys.map((_, at) => `k${at}`), "n"].map(identifier);
  const condition = all(keys.map((key, at) => sql`${columnOf("t", key)} = ${columnOf("u", `k${at}`)}`));
  return command`UPDATE ${tableIn(schema, table)} AS t SET ${identifier(name)} = (${value})::${
    typeName(castType(type))
  } FROM unnest(${join(arrays, sql`,\n`)}) WITH ORDINALITY AS u(${list(aliases)}) WHERE ${condition}`;
}

function elementOf(value: unknown): Element {
  return typeof value === "number" || value instanceof Secret ? value : String(value);
}

function nameOf({ key }: ChangingRow): string {
  return JSON.stringify(Object.values(key).map((value) => value instanceof Secret ? value.reveal() : value));
}

/** A value as indexes compare it, those that ignore case included; what no other row can have is undefined. */
function textOf(value: unknown): string | undefined {
  if (value instanceof Secret) return value.reveal().toLowerCase();
  return typeof value === "string" || typeof value === "number" ? String(value).toLowerCase() : undefined;
}
