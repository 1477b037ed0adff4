/** The rows that an export is made from, as they were read. */
import type { Cell, Row } from "../../flagsmith/cell.ts";
import type { StateRow } from "../../kinds/exported.ts";

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

/** Under this name a row says of a column that is not read, because it holds a secret, whether there is one in it. */
export function holdsSecret(column: string): string {
  return `has_${column}`;
}
