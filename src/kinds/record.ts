/** The record that the folder of a kind exports: all that the program knows of the kind. */
import type { KindSpec } from "./kind.ts";
import type { KindRows } from "./rows.ts";

/** A kind. `N` is its name as a literal, `F` what its items declare. */
export interface Kind<N extends string, F> {
  /** What may be declared, and how an entity is named. */
  readonly spec: KindSpec<F, N>;
  /** Where its rows are and how they are written; loaded by what touches a database, and by nothing else. */
  readonly rows: () => Promise<KindRows<F>>;
}
