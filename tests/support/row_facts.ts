/** The common form in which recorded rows and rows of a run are compared: plain values and named things. */

/** A column's content: a plain value as text, or a thing whose name differs from run to run. */
export type Cell =
  | { readonly kind: "plain"; readonly text: string }
  | { readonly kind: "node"; readonly node: string };

/** One inserted, updated or deleted row. */
export interface FactRow {
  readonly event: "inserted" | "updated" | "deleted";
  readonly table: string;
  /** How to name the row to a reader. */
  readonly label: string;
  /** Column → content; of an updated row `row`, `before.COLUMN` and `after.COLUMN`. */
  readonly cells: ReadonlyMap<string, Cell>;
}

/** Everything that happened. */
export interface Facts {
  readonly rows: readonly FactRow[];
  /** Thing → what can be said of it before looking at the rows that mention it. */
  readonly nodes: ReadonlyMap<string, string>;
}

/** Whether the row of a primary key was inserted, was there before, or is mentioned only. */
export type Presence = "new" | "existing" | "gone";

/** JSON with sorted keys, so that equal values give equal text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1));
  }) ?? "(absent)";
}
