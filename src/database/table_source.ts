/** What readers name in place of a table: its rows, or what is left of them once some are gone. */
import { keyArray, type RowSet } from "./row_set.ts";
import { column as columnOf, type Fragment, identifier, list, NOTHING, sql, tableIn } from "./statement.ts";

/** Gives the SQL to read a table by, to stand before an alias: a run may look at what a removal leaves. */
export type TableSource = (table: string) => Fragment;

/** Rows that are about to be removed, and what their removal changes in others. */
export interface Removal {
  readonly rows: RowSet;
  /** Column and type of the primary key of each table. */
  readonly keys: ReadonlyMap<string, { readonly column: string; readonly type: string }>;
  /** Table → column → SQL of the value that the column then has, `t` being the row. */
  readonly replaced: ReadonlyMap<string, ReadonlyMap<string, Fragment>>;
}

/** All rows of the tables of a schema. */
export function allRows(schema: string): TableSource {
  return (table) => tableIn(schema, table);
}

/**
 * The rows as they are after a removal. `columnsOf` gives the columns of a table, undefined where they are not known;
 * replaced values need them. The planner takes such a source apart, so indexes serve as before.
 */
export function rowsWithout(
  schema: string,
  { rows, keys, replaced }: Removal,
  columnsOf: (table: string) => Iterable<string> | undefined,
): TableSource {
  const plain = allRows(schema);
  return (table) => {
    const key = keys.get(table);
    const gone = rows.get(table);
    const values = replaced.get(table);
    const columns = values === undefined ? undefined : columnsOf(table);
    const isLess = key !== undefined && gone !== undefined && gone.size > 0;
    if (!isLess && columns === undefined) return plain(table);
    const select = columns === undefined ? sql`t.*` : list([...columns].map((column) => {
      const value = values?.get(column);
      return value === undefined ? columnOf("t", column) : sql`${value} AS ${identifier(column)}`;
    }));
    // A list of values in NOT IN is hashed once, whatever its length.
    const rest = isLess
      ? sql` WHERE ${columnOf("t", key.column)} NOT IN (SELECT unnest(${keyArray(gone, key.type)}))`
      : NOTHING;
    return sql`(SELECT ${select} FROM ${plain(table)} t${rest})`;
  };
}
