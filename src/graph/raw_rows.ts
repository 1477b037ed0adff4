/** Rows of tables without a kind: their references resolved, their addresses made. */
import type { Span } from "../diagnostics/source_file.ts";
import type { ParentName } from "../declarations/declaration.ts";
import type { RawRow } from "../declarations/raw_rows.ts";
import { ancestorsOf, type KindName } from "../kinds/specs.ts";
import { encodePart } from "../kinds/address.ts";
import type { Resource, RowResource } from "./resource.ts";

/** Finds what a name stands for; undefined when that was reported. */
export type Resolve = (
  kind: KindName,
  name: string,
  span: Span,
  qualifiers: readonly ParentName[],
) => Resource | undefined;

/** Resolves all rows, in the order of their addresses. */
export function resolveRows(rows: readonly RawRow[], resolve: Resolve): readonly RowResource[] {
  return rows.map((row): RowResource => {
    const targets = new Map<string, Resource>();
    for (const { column, value, span } of [...row.key, ...row.set]) {
      if (value.kind !== "reference") continue;
      const target = resolve(value.of, value.path.at(-1) ?? "", span, qualifiers(value.of, value.path, span));
      if (target !== undefined) targets.set(column, target);
    }
    return { row, address: addressOfRow(row), targets };
  }).sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** The parts of a path before the name, nearest first. */
function qualifiers(kind: KindName, path: readonly string[], span: Span): readonly ParentName[] {
  const above = path.slice(0, -1).toReversed();
  return ancestorsOf(kind).slice(0, above.length).map((ancestor, at): ParentName => ({
    kind: ancestor,
    name: above[at] ?? "",
    span,
  }));
}

function addressOfRow({ table, key }: RawRow): string {
  const parts = key.map(({ column, value }) => {
    const shown = value.kind === "reference"
      ? `${value.of}:${value.path.join("/")}`
      : value.kind === "json"
      ? JSON.stringify(value.json)
      : String(value.text);
    return `${column}=${shown}`;
  });
  return `row:${table}/${parts.map(encodePart).join("/")}`;
}
