/** Rows by table, and their keys in statements. */
import { Secret } from "../source/secret.ts";
import { array, typeName } from "./render.ts";
import type { Fragment } from "./statement.ts";

/** Rows by table: primary keys as text. */
export type RowSet = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * True for keys that only name a row. A text may be a credential: `authtoken_token.key` logs its user in, and the id of a
 * master API key holds the hash.
 */
export function isPublicKey(type: string): boolean {
  return /^(?:smallint|integer|bigint|int[248]|uuid)$/.test(type);
}

/** Primary keys of the type that the catalog gives; those that may be a credential go as a parameter. */
export function keyArray(keys: Iterable<string>, type: string): Fragment {
  const isPublic = isPublicKey(type);
  return array([...keys].map((key) => isPublic ? key : new Secret(key)), typeName(type));
}

/** All rows of some sets. */
export function unionOf(sets: readonly RowSet[]): RowSet {
  const all = new Map<string, Set<string>>();
  for (const set of sets) {
    for (const [table, ids] of set) {
      const known = all.get(table) ?? new Set<string>();
      for (const id of ids) known.add(id);
      all.set(table, known);
    }
  }
  return all;
}
