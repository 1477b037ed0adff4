/**
 * Where the rows of the kinds are and how they are written, by name of the kind. Importing this loads the row functions of
 * all kinds, so what only reads files must not.
 */
import type { Cell } from "../flagsmith/cell.ts";
import { KINDS } from "./index.ts";
import type { LiveRow, LiveTarget, RelatedChange, TableMapping } from "./live.ts";
import type { KindRows } from "./rows.ts";
import type { AnyFields, KindName } from "./specs.ts";

/** A kind's mapping to its table, whatever its fields are. */
export type AnyMapping = Omit<TableMapping<AnyFields>, "columns" | "differs"> & {
  differs?(fields: AnyFields, live: LiveRow, target: LiveTarget): readonly RelatedChange[];
  /** `Kind.nameColumn`. */
  readonly nameColumn?: string;
  columns(fields: AnyFields): Readonly<Record<string, Cell | undefined>>;
};

const loaded = await Promise.all(KINDS.map(async ({ spec, rows, nameColumn }) => ({
  name: spec.name,
  rows: await rows(),
  nameColumn,
})));

/** Every kind's row functions, by name. */
export const KIND_ROWS = Object.fromEntries(loaded.map(({ name, rows }) => [name, rows])) as {
  readonly [K in KindName]: KindRows<AnyFields>;
};

/** Every kind's table, by name. */
export const LIVE_TABLES = Object.fromEntries(
  loaded.map(({ name, rows: { mapping }, nameColumn }) => [
    name,
    nameColumn === undefined ? mapping : { ...mapping, nameColumn },
  ]),
) as { readonly [K in KindName]: AnyMapping };
