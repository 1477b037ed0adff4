/** Where a shipped set is meant to differ from what the application was recorded to write: `tests/data/set_differences.json`. */
import { diffDumps, type Json, keyColumn, type Row } from "./dump.ts";
import type { Run } from "./run_facts.ts";

/** One row that the set writes and the recording has not. */
export interface AllowedDifference {
  /** The shipped set, and the recording that it is compared with. */
  readonly set: string;
  readonly recording: string;
  readonly table: string;
  /** What tells the row from others that the set inserts or updates there. */
  readonly columns: Readonly<Record<string, Json>>;
  /** Stands in the set's README, word for word. */
  readonly reason: string;
}

/** All of them. */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = JSON.parse(
  await Deno.readTextFile(new URL("../data/set_differences.json", import.meta.url)),
);

/** The run as if it had not written the allowed rows; and the allowed differences that do not speak of exactly one row. */
export function withoutAllowed(
  { before, after }: Run,
  allowed: readonly AllowedDifference[],
): { readonly run: Run; readonly unused: readonly AllowedDifference[] } {
  const { inserted, updated } = diffDumps(before, after);
  const rest = new Map([...after].map(([table, rows]) => [table, [...rows]]));
  const unused = allowed.filter(({ table, columns }) => {
    const fits = (row: Row): boolean =>
      Object.entries(columns).every(([column, value]) => row[column] === value);
    const extra = (inserted.get(table) ?? []).filter(fits);
    const changed = (updated.get(table) ?? []).filter((row) => fits(row.after));
    const key = (row: Row) => row[keyColumn(row) ?? ""];
    const [row] = [...extra, ...changed.map((u) => u.after)];
    if (row === undefined || extra.length + changed.length !== 1) return true;
    const list = rest.get(table) ?? [];
    list.splice(list.findIndex((r) => key(r) === key(row)), 1, ...changed.map((u) => u.before));
    return false;
  });
  return { run: { before, after: rest }, unused };
}
