/** The record that the folder of a kind exports: all that the program knows of the kind. */
import type { KindExport } from "./exported.ts";
import type { KindSpec } from "./kind.ts";
import type { KindRows } from "./rows.ts";

/** A kind. `N` is its name as a literal, `F` what its items declare. */
export interface Kind<N extends string, F> {
  /** What may be declared, and how an entity is named. */
  readonly spec: KindSpec<F, N>;
  /** The column of the entity's own name, which `renamed_from` changes; undefined for kinds that are named by others. */
  readonly nameColumn?: string;
  /** What `rotate` replaces: the row functions have `rotate` then. */
  readonly rotates?: "password" | "key";
  /** True for entities that are there as long as what they belong to: they cannot be absent. */
  readonly alwaysExists?: true;
  /** True when the primary key is text, which no column of a number can refer to. */
  readonly textKey?: true;
  /** A reset gives an entity with a chosen key in this column the id again that it had. */
  readonly keepsId?: string;
  /** True for entities with which the organisations may go that they belong to (`with_organisations`). */
  readonly withOrganisations?: true;
  /** Its key is handed out in the outputs file: read back from a column at any time, or known when it is made, once. */
  readonly handsOut?: { readonly column: string } | "once";
  /** Where its rows are and how they are written; loaded by what touches a database, and by nothing else. */
  readonly rows: () => Promise<KindRows<F>>;
  /** What the rest does not tell of how it is exported; loaded by `export`, and by nothing else. */
  readonly exported?: () => Promise<KindExport>;
}
