/**
 * Names that change hands in one run: `renamed_from` gives an entity the name of another one, which gets a new name itself.
 * What is live under such a name counts for the entity that it becomes.
 */
import type { Ask } from "../database/ask.ts";
import type { Resource } from "../graph/resource.ts";
import { partsOfAddress } from "../kinds/address.ts";
import type { LiveRow } from "../kinds/live.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { readRenamesOfRows, renamesOfRowsStatement } from "../log/renames_of_rows.ts";
import type { Rename } from "../log/former_addresses.ts";
import type { LiveRows } from "./live.ts";
import { renamesOf } from "./renamed.ts";
import { rowInTable } from "./renamed_rows.ts";

/** Entities that are to get another name, by index: the rows that are live under their former names. */
type FormerRows = ReadonlyMap<number, LiveRow>;

/**
 * Of entities that are live under both names (`both`), those whose own name an entity gives up that is renamed in this run: one of
 * `renaming`, or of these themselves. A circle of which the log says that all were renamed so before is left out: it has been followed.
 * Asks only where names meet.
 */
export async function handedOn(
  ask: Ask,
  schema: string | undefined,
  resources: readonly Resource[],
  live: LiveRows,
  { renaming, both }: { readonly renaming: FormerRows; readonly both: FormerRows },
): Promise<FormerRows> {
  const meeting = takersAmong(resources, live, renaming, both);
  if (meeting.size === 0 || schema === undefined) return meeting;
  const done = await renamedBefore(ask, schema, resources, live, [...meeting.keys()]);
  const givers = new Map([...meeting].map(([index, row]) => [rowName(resources[index], row), index]));
  const isFollowed = (start: number): boolean => {
    for (let at = start, steps = 0; steps < meeting.size; steps++) {
      if (!done.has(at)) return false;
      const next = givers.get(rowName(resources[at], live.get(at)?.[0]));
      if (next === undefined || next === start) return next === start;
      at = next;
    }
    return false;
  };
  const open = new Map([...meeting].filter(([index]) => !isFollowed(index)));
  return takersAmong(resources, live, renaming, open);
}

/** Those of `both` whose own row is the former row of an entity that is renamed. */
function takersAmong(
  resources: readonly Resource[],
  live: LiveRows,
  renaming: FormerRows,
  both: FormerRows,
): FormerRows {
  let left = both;
  for (let before = -1; before !== left.size;) {
    before = left.size;
    const givenUp = new Set([...renaming, ...left].map(([index, row]) => rowName(resources[index], row)));
    left = new Map(
      [...left].filter(([index]) => givenUp.has(rowName(resources[index], live.get(index)?.[0]))),
    );
  }
  return left;
}

function rowName(resource: Resource | undefined, live: LiveRow | undefined): string {
  return JSON.stringify([resource?.kind, live?.id]);
}

/** Entities whose own row has its name by the rename that the file asks for: the newest rename of the row says so. */
async function renamedBefore(
  ask: Ask,
  schema: string,
  resources: readonly Resource[],
  live: LiveRows,
  indexes: readonly number[],
): Promise<ReadonlySet<number>> {
  const wanted = indexes.flatMap((index) => {
    const resource = resources[index];
    const row = resource === undefined ? undefined : rowInTable(resource, live);
    if (resource === undefined || row === undefined) return [];
    const { key } = LIVE_TABLES[resource.kind].identity(row.row);
    return [{ n: index, kind: resource.kind, key, live: row }];
  });
  const [answer = []] = await ask("look for renames", [renamesOfRowsStatement(schema, wanted)]);
  const newest = readRenamesOfRows(answer, wanted);
  return new Set(indexes.filter((index) => {
    const { kind, key, declaration } = resources[index] ?? {};
    const rename = newest.get(index);
    const name = declaration?.policy.renamedFrom;
    if (kind === undefined || rename === undefined || name === undefined) return false;
    const keyOf = (address: string): string => ALL_SPECS[kind].key(partsOfAddress(address).at(-1) ?? "");
    return keyOf(rename.to) === key && keyOf(rename.from) === ALL_SPECS[kind].key(name);
  }));
}

/**
 * Entities whose name is live only because the one that it belongs to gets another name in this run, with what is below them and what is
 * known by their names: they are not there yet. One that the log knows to have been renamed so before is another entity.
 */
export function vacated(
  resources: readonly Resource[],
  live: LiveRows,
  renaming: ReadonlySet<number>,
  { addresses, renames }: { readonly addresses: readonly string[]; readonly renames: readonly Rename[] },
): ReadonlySet<number> {
  const isKnown = (index: number): boolean =>
    renamesOf(resources, new Set([index]), addresses).some(({ from, to }) =>
      renames.some((rename) => rename.from === from && rename.to === to)
    );
  const givenUp = new Set(
    [...renaming].filter((index) => !isKnown(index)).map((index) =>
      rowName(resources[index], live.get(index)?.[0])
    ),
  );
  const gone = new Set<number>();
  if (givenUp.size === 0) return gone;
  // What something belongs to, or is known by, stands before it.
  for (const resource of resources) {
    const { index, kind, parent, references, declaration } = resource;
    const rows = live.get(index) ?? [];
    const isFree = declaration?.policy.ensure === "present" && !renaming.has(index) &&
      rows.length === 1 && givenUp.has(rowName(resource, rows[0]));
    const needs = [
      parent,
      ...(ALL_SPECS[kind].namedBy ?? []).map((by) => references.get(by?.path ?? "")),
    ];
    if (isFree || needs.some((need) => need !== undefined && gone.has(need.index))) gone.add(index);
  }
  return gone;
}
