/** Lists of a file against the links that live rows have: what is to be added, what removed. */

import { lookup } from "../diagnostics/lookup.ts";
import type { Content } from "./kind.ts";
import { column, type Fragment, sql } from "../database/statement.ts";
import type { EntryCounts, RelatedChange } from "./live.ts";
import type { TableSource } from "../database/table_source.ts";

/** A row of a link table: its id, and what it leads to. */
export interface LiveLink {
  readonly id: number;
  readonly target: number | string;
  /** A flag on the link itself: `group_admin`. */
  readonly flag: boolean;
  /** What files call the target. */
  readonly name: string;
}

/** What links lead to: the table, and the column that files know its rows by. */
export interface LinkTarget {
  readonly table: string;
  readonly name: string;
}

/**
 * The links of `t` as JSON: `[[id, target, flag, name], …]` in the order of their ids. Without a table that they lead to the
 * column holds what files say. `flag` is a column of the link.
 */
export function linksOf(
  table: TableSource,
  link: string,
  owner: string,
  target: string,
  to: LinkTarget | undefined,
  flag?: string,
): Fragment {
  const id = column("x", target);
  const name = to === undefined
    ? id
    : sql`(SELECT ${column("n", to.name)} FROM ${table(to.table)} n WHERE n.id = ${id})`;
  return sql`(SELECT json_agg(json_build_array(x.id, ${id}, ${
    flag === undefined ? false : column("x", flag)
  }, ${name}) ORDER BY x.id) FROM ${table(link)} x WHERE ${column("x", owner)} = t.id)`;
}

/** Reads what `linksOf` selected under a name of the kind's `extra`. */
export function liveLinks(extra: unknown, name: string): readonly LiveLink[] {
  const list: unknown = Object(extra)[name];
  return (Array.isArray(list) ? list : []).map(([id, target, flag, name]: readonly unknown[]): LiveLink => ({
    id: Number(id),
    target: typeof target === "number" ? target : String(target),
    flag: flag === true,
    name: String(name ?? target),
  }));
}

/** Links by what they lead to; of two to the same target, the one that came first. */
export function linksByTarget(links: readonly LiveLink[]): ReadonlyMap<number | string, LiveLink> {
  return new Map(links.toReversed().map((link) => [link.target, link]));
}

/** Finds what links to add and to remove, so that they lead to `wanted` exactly; a target without an id is new. */
export function linkChanges(
  wanted: readonly (number | string | undefined)[],
  live: readonly LiveLink[],
): { readonly added: readonly number[]; readonly removed: readonly LiveLink[] } {
  const have = new Set(live.map((l) => l.target));
  const want = new Set(wanted);
  const added = [...wanted.keys()].filter((at) => {
    const target = wanted[at];
    return target === undefined || (!have.has(target) && wanted.indexOf(target) === at);
  });
  return { added, removed: live.filter((l) => !want.has(l.target)) };
}

/** How many entries of a list are added, changed and removed. */
export function countChanges(
  changes: readonly { readonly action: "add" | "change" | "remove" }[],
): EntryCounts {
  const count = (wanted: string): number => changes.filter(({ action }) => action === wanted).length;
  return { added: count("add"), changed: count("change"), removed: count("remove") };
}

/** A list whose links become exactly what is written: none, or the one change. */
export function linksChange(
  field: string,
  wanted: { readonly names: readonly string[]; readonly targets: readonly (number | string | undefined)[] },
  live: readonly LiveLink[],
  same?: (name: string) => string,
): readonly RelatedChange[] {
  const { added, removed } = linkChanges(wanted.targets, live);
  if (added.length + removed.length === 0) return [];
  const counts = { added: added.length, changed: 0, removed: removed.length };
  return [{ field, counts, ...namesChange(wanted.names, live, same), columns: [] }];
}

/** Live and wanted names of a list; `wanted` may be spelled otherwise (`same`). */
function namesChange(
  wanted: readonly string[],
  live: readonly LiveLink[],
  same: (name: string) => string = (name) => name,
): Pick<RelatedChange, "from" | "to"> {
  const known = new Map(live.map(({ name }) => [same(name), name]));
  return {
    from: live.map(({ name }) => name).toSorted(),
    to: [...new Set(wanted.map((name) => known.get(same(name)) ?? name))].toSorted(),
  };
}

/** The value that a stored value row holds. */
export function valueOf(row: Readonly<Record<string, unknown>>, typeColumn: "type" | "value_type"): Content {
  const cell = row[VALUE_COLUMN[String(row[typeColumn])] ?? "string_value"];
  return typeof cell === "string" || typeof cell === "number" || typeof cell === "boolean" ? cell : null;
}

/**
 * True when a stored value row holds a declared value; the columns that its type does not name may be stale. No type is that
 * of a text, and no value is the same in each type (`docs/flagsmith/features-and-states.md#typing-of-values`).
 */
export function holdsValue(
  row: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
  typeColumn: "type" | "value_type",
): boolean {
  const type = wanted[typeColumn];
  const value = valueOf(wanted, typeColumn);
  return valueOf(row, typeColumn) === value && (value === null || (row[typeColumn] ?? "unicode") === type);
}

/** Type word → the column that counts (`docs/flagsmith/features-and-states.md#typing-of-values`). */
export const VALUE_COLUMN: Readonly<Record<string, string>> = lookup({
  int: "integer_value",
  bool: "boolean_value",
  unicode: "string_value",
  float: "float_value",
});
