/** The columns of a row as a typed table of `tables/` has them: what the row models are checked with. */
import type { JsonCell, NewId } from "./cell.ts";
import type { Secret } from "../source/secret.ts";

/** What a column with values of this type takes: ids are drawn later, texts may be secret, documents are marked as such. */
type CellOf<V> = unknown extends V ? JsonCell | null
  : V extends number ? number | NewId
  : V extends string ? string | Secret
  : V;

/**
 * A row of a table of the newest supported release. Every column that is NOT NULL must be there, and no column that the
 * table does not have, but for `Others`: columns that only other releases have. The live catalog says which of them are
 * written.
 */
export type Columns<T extends { readonly $inferInsert: object }, Others extends string = never> =
  & { readonly [K in keyof T["$inferInsert"]]: CellOf<Exclude<T["$inferInsert"][K], undefined>> }
  & { readonly [K in Others]?: unknown };
