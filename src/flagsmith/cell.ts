/** What a column of a row to be written can hold. */

import type { Secret } from "../source/secret.ts";

/** A primary key that will be drawn from the table's own sequence before the row is written. */
export interface NewId {
  readonly newIdOf: string;
  /** How many of the table were asked for before this one. */
  readonly ordinal: number;
}

/** A JSON document. */
export interface JsonCell {
  readonly json: unknown;
}

/**
 * One cell: numbers, text (also for uuid and timestamps, ISO 8601 UTC), booleans, NULL, ids to be drawn, JSON, and texts
 * that are secret, which the database gets as a bound parameter.
 */
export type Cell = string | number | boolean | null | NewId | JsonCell | Secret;

/** One row: column → cell. */
export type Row = Readonly<Record<string, Cell>>;

/** The id of a row: known because it is live, or to be drawn. */
export type Id = number | NewId;

/** True for an id to be drawn. */
export function isNewId(cell: Cell | undefined): cell is NewId {
  return typeof cell === "object" && cell !== null && "newIdOf" in cell;
}

/** True for a JSON cell. */
export function isJson(cell: Cell | undefined): cell is JsonCell {
  return typeof cell === "object" && cell !== null && "json" in cell;
}

/** A value as `row_to_json` gives it: lists and objects are documents, whatever the type of the column. */
export function cellOf(value: unknown): Cell {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value === null || value === undefined ? null : { json: value };
}

/** A row as `row_to_json` gives it. */
export function rowOfJson(json: unknown): Row {
  return Object.fromEntries(Object.entries(Object(json)).map(([name, value]) => [name, cellOf(value)]));
}

/** Text that is equal for cells that mean the same row: usable as a map key. */
export function idKey(id: Id): string {
  return typeof id === "number" ? String(id) : `+${id.newIdOf}.${id.ordinal}`;
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
