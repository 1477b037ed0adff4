/** Lists of a file against the links that live rows have: what is to be added, what removed. */

/** A row of a link table: its id, and what it leads to. */
export interface LiveLink {
  readonly id: number;
  readonly target: number | string;
  /** A flag on the link itself: `group_admin`. */
  readonly flag: boolean;
}

/** SQL of the links of `t`: `[[id, target, flag], …]` in the order of their ids. */
export function linksOf(table: string, owner: string, target: string, flag = "false"): string {
  return `(SELECT json_agg(json_build_array(x.id, x.${target}, ${flag}) ORDER BY x.id) FROM ${table} x WHERE x.${owner} = t.id)`;
}

/** Reads what `linksOf` selected under a name of the kind's `extra`. */
export function liveLinks(extra: unknown, name: string): readonly LiveLink[] {
  const list: unknown = Object(extra)[name];
  return (Array.isArray(list) ? list : []).map(([id, target, flag]: readonly unknown[]): LiveLink => ({
    id: Number(id),
    target: typeof target === "number" ? target : String(target),
    flag: flag === true,
  }));
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

/** `tags (+1, -2)`; undefined when nothing changes. */
export function changeWords(
  name: string,
  { added = 0, changed = 0, removed = 0 }: { added?: number; changed?: number; removed?: number },
): string | undefined {
  const parts = [
    ...(added === 0 ? [] : [`+${added}`]),
    ...(changed === 0 ? [] : [`~${changed}`]),
    ...(removed === 0 ? [] : [`-${removed}`]),
  ];
  return parts.length === 0 ? undefined : `${name} (${parts.join(", ")})`;
}

/** True when a stored value row holds a declared value; the columns that its type does not name may be stale. */
export function holdsValue(
  row: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
  typeColumn: "type" | "value_type",
): boolean {
  const type = wanted[typeColumn];
  const column = VALUE_COLUMN[String(type)] ?? "string_value";
  return row[typeColumn] === type && row[column] === wanted[column];
}

/** Type word → the column that counts (`contract.md` 1.5 and 1.9). */
export const VALUE_COLUMN: Readonly<Record<string, string>> = {
  int: "integer_value",
  bool: "boolean_value",
  unicode: "string_value",
  float: "float_value",
};
