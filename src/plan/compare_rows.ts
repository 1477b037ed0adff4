/** A declared row of a table without a kind beside its live row. Pure. */
import type { RawCell } from "../declarations/raw_rows.ts";
import type { RowResource } from "../graph/resource.ts";
import type { Content } from "../kinds/kind.ts";
import { hashContent } from "../log/content_hash.ts";
import type { LastEvent } from "../log/events.ts";
import { formerSecrets } from "../log/secret_columns.ts";
import type { Snapshot } from "../snapshot/state.ts";
import type { ColumnChange } from "./plan.ts";

/** A live row, as JSON. */
export type LiveRawRow = Readonly<Record<string, unknown>>;

/** How a declared row and the database stand to each other (`Comparison`). */
export type RowComparison =
  | { readonly relation: "missing" }
  | { readonly relation: "duplicated"; readonly rows: readonly LiveRawRow[] }
  | {
    readonly relation: "present";
    readonly live: LiveRawRow;
    readonly difference: { readonly changes: readonly ColumnChange[] } | undefined;
  };

/** A declared row with all that a policy is applied to. */
export interface ComparedRow {
  readonly resource: RowResource;
  readonly hash: string;
  readonly event: LastEvent | undefined;
  readonly comparison: RowComparison;
  /** Name of the primary key column; empty where the table has none of one column. */
  readonly primaryKey: string;
}

/** Compares every declared row, in their order. */
export function compareRows(
  rows: readonly RowResource[],
  state: Pick<Snapshot, "raw" | "catalog">,
): readonly ComparedRow[] {
  return rows.map((resource, at): ComparedRow => {
    const [primaryKey = "", ...others] = state.raw.primaryKeys.get(resource.row.table) ?? [];
    return {
      resource,
      hash: hashContent("row", contentOf(resource)),
      event: state.raw.events.get(resource.address),
      comparison: compare(resource, state.raw.live.get(at) ?? [], state),
      primaryKey: others.length > 0 ? "" : primaryKey,
    };
  });
}

function compare(
  resource: RowResource,
  found: readonly { readonly row: LiveRawRow; readonly differing: readonly string[] }[],
  state: Pick<Snapshot, "raw" | "catalog">,
): RowComparison {
  const [first] = found;
  if (first === undefined) return { relation: "missing" };
  if (found.length > 1) return { relation: "duplicated", rows: found.map(({ row }) => row) };
  const { row: live, differing } = first;
  const difference = differing.length === 0
    ? undefined
    : { changes: changesOf(resource, live, differing, state) };
  return { relation: "present", live, difference };
}

function changesOf(
  { row, address }: RowResource,
  live: LiveRawRow,
  columns: readonly string[],
  { catalog, raw }: Pick<Snapshot, "raw" | "catalog">,
): readonly ColumnChange[] {
  const former = formerSecrets(raw.events.get(address)?.details);
  return columns.map((field): ColumnChange => {
    const cell = row.set.find(({ column }) => column === field);
    if (cell === undefined || cell.secret || former.includes(field)) return { kind: "secret", field };
    const type = catalog.tables.get(row.table)?.get(field)?.type ?? "";
    const { value } = cell;
    return {
      kind: "shown",
      field,
      from: (live[field] ?? null) as Content,
      to: value.kind === "text" ? typedText(value.text, type) : asContent(value),
    };
  });
}

/** What a file says of a row, without secrets. */
function contentOf({ row }: RowResource): Content {
  const cells = (list: readonly RawCell[]): Content =>
    Object.fromEntries(
      list.filter((cell) => !cell.secret).map(({ column, value }): [string, Content] => [
        column,
        value.kind === "text" ? value.text : asContent(value),
      ]),
    );
  return { table: row.table, key: cells(row.key), set: cells(row.set) };
}

/** A document as it is, a reference as the address that it names. */
function asContent(value: Exclude<RawCell["value"], { readonly kind: "text" }>): Content {
  return value.kind === "json" ? value.json as Content : `${value.of}:${value.path.join("/")}`;
}

/** The text of a cell as JSON of its row shows it: numbers and booleans are none of texts. */
export function typedText(text: string | null, type: string): string | number | boolean | null {
  if (text === null) return null;
  if (/^(smallint|integer|bigint|numeric|double|real)/.test(type)) return Number(text);
  return type === "boolean" ? text === "true" : text;
}
