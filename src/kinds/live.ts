/** How a kind's live rows are found and compared: data, so that one statement reads all kinds at once. */
import type { Cell, Row } from "../flagsmith/cell.ts";
import type { Fragment } from "../database/statement.ts";
import type { TableSource } from "../database/table_source.ts";
import type { Content } from "./kind.ts";
import type { StateHolder } from "./state_live.ts";

/** A live row as Flagsmith has it: column → cell. */
export interface LiveRow {
  readonly id: number | string;
  readonly row: Row;
  /** What `TableMapping.extra` selects. */
  readonly extra: unknown;
  /** Name of the row's parent, when the reference did not give one. */
  readonly parentName: string | undefined;
}

/** The live id of what the reference at a path (`tags.0`) leads to; undefined for what this run creates. */
export type LiveTarget = (path: string) => number | undefined;

/** How many entries of a list are added, changed and removed. */
export interface EntryCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** A declared field whose live value depends on the row and is another one, in the terms of the file. */
export interface RelatedChange {
  /** The name of the field. */
  readonly field: string;
  /** Of a field that holds several entries. */
  readonly counts?: EntryCounts;
  readonly from: Content;
  readonly to: Content;
  /** Columns that hold it; the log names those that hold a secret. */
  readonly columns: readonly string[];
}

/** A row that a nested `ensure: absent` takes. */
export interface TakenRow {
  readonly table: string;
  readonly id: number;
}

/** A column of the row, or of a table that `joins` or `currentOf` bring in, by the letters that it has there. */
export interface ColumnOf {
  readonly of?: string;
  readonly column: string;
}

/** What a column must hold for the row to count as live; a release without the columns has no rows of the other sort. */
export interface Condition {
  readonly column: string;
  readonly is: "null" | "not null" | "false" | { readonly column: string };
}

/** A table that the match needs: its row whose column is that one. */
export interface Join {
  readonly table: string;
  readonly as: string;
  readonly column: string;
  readonly equals: ColumnOf;
  /** True when only a row that was not deleted counts. */
  readonly live?: boolean;
}

/** What tells the entities of one parent apart. */
export interface Match {
  /** Several, as for an override of an environment and a segment, are named by a text with `KEY_SEPARATOR` between them. */
  readonly columns: readonly ColumnOf[];
  /** True when letters in another case are the same name, by the database's own rules. */
  readonly ignoresCase?: boolean;
}

/** Declares where a kind's rows are. */
export interface TableMapping<F> {
  readonly table: string;
  /** More tables that the match needs. */
  readonly joins?: readonly Join[];
  /** For states: only the current one of an environment counts, among those of the same holder; brings in the environment `e`. */
  readonly currentOf?: StateHolder;
  /** More of the entity, as a JSON expression: rows that depend on `t`. */
  readonly extra?: (table: TableSource) => Fragment;
  /** Declared fields that `extra` shows to be other than wanted. */
  differs?(fields: F, live: LiveRow, target: LiveTarget): readonly RelatedChange[];
  /** Rows that a nested `ensure: absent` takes, but for what goes with them. */
  takes?(fields: F, live: LiveRow, target: LiveTarget): readonly TakenRow[];
  /** True when a declared field that no update writes is other than wanted. */
  differsUnwritten?(fields: F, live: LiveRow): boolean;
  /** What equals the wanted key; undefined when there is one row per parent. */
  readonly match: Match | undefined;
  /** True when an index has parent and key together, and `live` as its predicate: rows of a large table are found by it. */
  readonly indexed?: boolean;
  /** Column that points to the parent. */
  readonly parentColumn: string | undefined;
  /** Which rows count as live: those for which all of it holds. */
  readonly live: readonly Condition[];
  /** Primary key column. */
  readonly primaryKey: string;
  /** What recognises the row for ever, beside its id; logged. Undefined columns are left out. */
  readonly identity: (
    row: Row,
  ) => { readonly key: Readonly<Record<string, string | number>>; readonly uuid?: string };
  /** Tables that creating or changing an entity of the kind writes; for the schema check. */
  readonly writes: readonly string[];
  /** Those of `writes` from which a change of an entity deletes rows for good. */
  readonly removes?: readonly string[];
  /** Those of `writes` that creating an entity does not write. */
  readonly onlyChanged?: readonly string[];
  /** The declared columns of the main table: what creating sets and updating compares. */
  readonly columns: (fields: F) => Readonly<Record<string, Cell | undefined>>;
  /**
   * Columns of these that repeat what other rows hold, which Flagsmith reads: what is live is told from `extra`, and a release
   * without them can hold the field all the same.
   */
  readonly derived?: Readonly<Record<string, (live: LiveRow) => Cell>>;
  /** The form in which a column is compared, where texts that mean the same differ. */
  readonly compared?: Readonly<Record<string, (cell: Cell) => Cell>>;
  /**
   * Columns that hold a secret, or the hash of one: neither log, plan nor export shows their values. Nothing of a secret
   * itself goes into a fingerprint, because it may be short; a hash does, so that its change is noticed.
   */
  readonly secretColumns?: Readonly<Record<string, "secret" | "hash">>;
  /** Columns that begin as a copy of one of the parent's row, and share its secret. */
  readonly copied?: { readonly from: string; readonly columns: readonly string[] };
  /** Names of changed columns in the words of the file, for `Updated …: default_enabled`. */
  readonly fieldNames?: Readonly<Record<string, string>>;
}

/** The condition that the application has not deleted the row. */
export const NOT_DELETED: Condition = { column: "deleted_at", is: "null" };

/** Identity of rows that have an integer id and a uuid. */
export function idAndUuid(row: Row): { key: Record<string, string | number>; uuid?: string } {
  const { id, uuid } = row;
  return { key: { id: typeof id === "number" ? id : 0 }, ...(typeof uuid === "string" ? { uuid } : {}) };
}

/** Identity of rows that have an integer id only. */
export function idOnly(row: Row): { key: Record<string, string | number> } {
  return { key: { id: typeof row["id"] === "number" ? row["id"] : 0 } };
}
