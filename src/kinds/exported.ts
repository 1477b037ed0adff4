/**
 * How live rows become items of a file. A record tells nearly all of it: the table, the fields of the schema with their
 * columns, what is secret, what is nested in what. The rest of a kind is in its `export.ts`, loaded by `export` alone.
 */
import type { Fragment } from "../database/statement.ts";
import type { Row } from "../flagsmith/cell.ts";
import type { Tree } from "./value_tree.ts";

/** One field of an exported entity. */
export interface ExportedField {
  /** `["enabled"]`, `["settings", "force_2fa"]`. */
  readonly path: readonly string[];
  readonly value: Tree;
  /** True when leaving it out means the same: it is what a new entity has. */
  readonly implied: boolean;
  /** True when a file can say that it has no value: null. */
  readonly nullable?: boolean;
  /** Everything there is to say, where the value leaves out a part that is implied. */
  readonly full?: Tree;
}

/** One exported entity and what belongs to it. `K` are the names of kinds. */
export interface ExportedEntity<K extends string = string> {
  readonly kind: K;
  /** As it is distinguished from its siblings: a name, an address, an identifier. */
  readonly name: string;
  /** In the order of the kind's schema. */
  readonly fields: readonly ExportedField[];
  /** In the order of the file. */
  readonly children: readonly ExportedEntity<K>[];
  /** Name of the environment, of the states of a feature and of overrides. */
  readonly environment?: string;
  /** True when it exists without being said: an identity that an override names. */
  readonly implied?: boolean;
}

/** Fields that are not simply a column; an undefined one is left out, and `implied` marks what need not be said. */
export type OwnFields = Readonly<
  Record<string, { readonly value: Tree; readonly implied?: boolean; readonly full?: Tree } | undefined>
>;

/** A row, and the name of the entity that it is. */
export interface NamedRow {
  readonly row: Row;
  readonly name: string;
}

/** A live state of a feature, with its value and allocations. */
export interface StateRow {
  readonly row: Row;
  /** Its row in `features_featurestatevalue`; undefined when there is none. */
  readonly value: Row | undefined;
  /** Option id → percentage. */
  readonly allocations: ReadonlyMap<number, number>;
}

/** What was read of an organisation, and what there is to say of it. */
export interface ExportContext {
  /** The rows of a table by the integer in one of their columns, in the order of their ids. */
  readonly below: (table: string, column: string) => ReadonlyMap<number, readonly Row[]>;
  /** What is exported of a kind below a row, in the order of the file; `where` as in `ExportedRow`. */
  readonly entities: (kind: string, parent: Row, where: string) => readonly NamedRow[];
  /** The live states of all features. */
  readonly states: readonly StateRow[];
  /** Reports what a file cannot express. */
  readonly report: (code: "FP441" | "FP443" | "FP480", message: string, hint?: string) => void;
}

/** A row that is exported. */
export interface ExportedRow extends NamedRow {
  /** The row that it belongs to. */
  readonly parent: Row | undefined;
  /** Where it is, in words: ` in project "Web"`; empty for what stands at the top. */
  readonly where: string;
}

/** What there is to say of an entity beside its columns. */
export interface Told {
  readonly fields?: OwnFields;
  readonly implied?: boolean;
  /** Instead of the entities of the kinds that may be nested in it. */
  readonly children?: readonly ExportedEntity[];
}

/** What reading dependent rows needs. */
export interface RelatedSource {
  /** The right side of `column =`, for the ids of the exported entities of the kind. */
  readonly ids: Fragment;
  readonly table: (name: string) => Fragment;
  /** The condition that a row was not deleted, by the letters that it has in the statement. */
  readonly isLive: (table: string, row: string) => Fragment;
}

/** A table with more of the entities: rows whose column holds the id of one, or for which a condition on `t` holds. */
export type RelatedTable =
  | { readonly table: string; readonly column: string }
  | { readonly table: string; readonly where: (source: RelatedSource) => Fragment };

/** A column that leads to entities which stand elsewhere in the file. */
export interface LeadsTo {
  readonly kind: string;
  /** The kind's own table, or one of `related`. */
  readonly table: string;
  readonly column: string;
  /** In a related table, the column that holds the id of the entity itself. */
  readonly owner?: string;
}

/** What its record does not say of the export of a kind. */
export interface KindExport {
  /** More tables to read. */
  readonly related?: readonly RelatedTable[];
  /** Kinds without a parent are exported as far as rows of others lead to them. */
  readonly leadsTo?: readonly LeadsTo[];
  /**
   * Of what belongs to no project, an export of one project holds what has in this column the id of an entity to which
   * the project leads.
   */
  readonly neededFor?: { readonly kind: string; readonly column: string };
  /** Of live rows, those that a file can declare, the oldest first; the others are reported. */
  select?(rows: readonly Row[], where: string, context: ExportContext): readonly Row[];
  /** What there is to say of one entity. */
  tell?(exported: ExportedRow, context: ExportContext): Told;
  /** Reports what should be below a row and is not. */
  reportMissing?(parent: NamedRow, where: string, context: ExportContext): void;
}

/** The order of texts by their UTF-16 units, the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
