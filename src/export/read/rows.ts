/** The rows that an export is made from, as they were read. */
import type { Cell, Row } from "../../flagsmith/cell.ts";

/** A live state of a feature, with its value and allocations. */
export interface StateRow {
  readonly row: Row;
  /** Its row in `features_featurestatevalue`; undefined when there is none. */
  readonly value: Row | undefined;
  /** Option id → percentage. */
  readonly allocations: ReadonlyMap<number, number>;
}

/** Rows that the format has no place for, counted. */
export interface LeftRows {
  readonly table: string;
  readonly count: number;
}

/** Everything that was read of one organisation. */
export interface LiveRows {
  /** Table → rows, by id. A table that the release lacks has none. */
  readonly tables: ReadonlyMap<string, readonly Row[]>;
  readonly states: readonly StateRow[];
  /** States and feature versions that are drafts, or scheduled to go live. */
  readonly pending: number;
  readonly left: readonly LeftRows[];
  /** Whether this Flagsmith refuses a segment with a condition on a flag that its project does not have. */
  readonly checksFlags: boolean;
}

/** The rows of a table. */
export function rowsOf(rows: LiveRows, table: string): readonly Row[] {
  return rows.tables.get(table) ?? [];
}

/** A column that holds an integer, such as an id; -1 when it is NULL or absent, which no id is. */
export function idIn(row: Row, column: string): number {
  const value = row[column];
  return typeof value === "number" ? value : -1;
}

/** A column that holds text; empty when it is NULL or absent. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : "";
}

/** JSON → cells; what is neither text, number nor boolean is NULL, and documents are kept apart. */
export function cellsOf(json: unknown): Row {
  return Object.fromEntries(
    Object.entries(Object(json)).map(([name, value]): [string, Cell] => [
      name,
      typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? value
        : value === null || value === undefined
        ? null
        : { json: value },
    ]),
  );
}
