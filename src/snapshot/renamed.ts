/** Entities that are live under another name than the files say: by `renamed_from`, or because somebody renamed them. */
import { ids, texts } from "../database/render.ts";
import { column, type Fragment, list, query, sql, type Statement } from "../database/statement.ts";
import type { LastEvent, OwnRow } from "../log/events.ts";
import type { Ask } from "../database/ask.ts";
import type { Row } from "../flagsmith/cell.ts";
import type { Rename } from "../log/former_addresses.ts";
import { KEY_SEPARATOR, renamedAddress, type Resource } from "../graph/resource.ts";
import { ALL_SPECS, type KindName, storedName } from "../kinds/specs.ts";
import type { LiveRow } from "../kinds/live.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { Look } from "./look.ts";
import { askedName, liveCondition, type LiveRows, readLive, type Wanted } from "./live.ts";

/** The name that a file says the live entity still has, to be looked for beside the one that it is to have. */
export interface FormerName {
  readonly resource: Resource;
  /** Stands behind all resources, below the same parent. */
  readonly wanted: Wanted;
}

/** The former names of a run. */
export function formerNames(resources: readonly Resource[]): readonly FormerName[] {
  return resources.flatMap((resource) => {
    const name = resource.declaration?.policy.renamedFrom;
    return name === undefined ? [] : [{ resource, key: askedName(resource.kind, name) }];
  }).map(({ resource, key }, at) => ({
    resource,
    wanted: { resource: { ...resource, index: resources.length + at, declaration: undefined }, key },
  }));
}

/** What `renamed_from` comes to, by index. */
export interface Renaming {
  /** Live under the former name only, or under the same name in other letters: to be renamed. */
  readonly rows: ReadonlyMap<number, LiveRow>;
  /** Live under both names, as two entities: what is live under the former one. */
  readonly bothNamesLive: ReadonlyMap<number, LiveRow>;
}

/** Compares the live rows of former names, which it takes out of `live`, with those of the names in the files. */
export function readRenaming(
  live: Map<number, readonly LiveRow[]>,
  formers: readonly FormerName[],
): Renaming {
  const rows = new Map<number, LiveRow>();
  const bothNamesLive = new Map<number, LiveRow>();
  for (const { resource: { index, kind, name }, wanted } of formers) {
    const former = live.get(wanted.resource.index)?.[0];
    live.delete(wanted.resource.index);
    const own = live.get(index)?.[0];
    if (former === undefined) continue;
    const spelled = storedName(kind, name);
    if (own !== undefined && own.id !== former.id) bothNamesLive.set(index, former);
    else if (liveName(kind, former.row) !== spelled) rows.set(index, former);
  }
  return { rows, bothNamesLive };
}

/** Those of `bothNamesLive` that this tool has not renamed before: afterwards the former name is free for others. */
export function withoutRenamed(
  bothNamesLive: ReadonlySet<number>,
  resources: readonly Resource[],
  addresses: readonly string[],
  renames: readonly Rename[],
): ReadonlySet<number> {
  const known = renamesOf(resources, bothNamesLive, addresses);
  const done = new Set(renames.map(({ from, to }) => JSON.stringify([from, to])));
  const open = known.filter(({ from, to }) => !done.has(JSON.stringify([from, to]))).map(({ to }) => to);
  return new Set([...bothNamesLive].filter((index) => open.includes(addresses[index] ?? "")));
}

/** The renames that `renamed_from` of some resources asks for. */
export function renamesOf(
  resources: readonly Resource[],
  renaming: ReadonlySet<number>,
  addresses: readonly string[],
): readonly Rename[] {
  return [...renaming].flatMap((index) => {
    const resource = resources[index];
    const name = resource?.declaration?.policy.renamedFrom;
    const to = addresses[index];
    if (resource === undefined || name === undefined || to === undefined) return [];
    return [{ seq: Infinity, from: renamedAddress(resource, name, to), to }];
  });
}

/** Names under which resources are live that have another one in the files, by index. */
export function liveNames(
  resources: readonly Resource[],
  renaming: ReadonlySet<number>,
  renamed: ReadonlyMap<number, LiveRow>,
): ReadonlyMap<number, string> {
  const former = [...renaming].flatMap((index) => {
    const name = resources[index]?.declaration?.policy.renamedFrom;
    return name === undefined ? [] : [[index, name] as const];
  });
  const found = [...renamed].flatMap(([index, { row }]) => {
    const name = liveName(resources[index]?.kind, row);
    return name === undefined ? [] : [[index, name] as const];
  });
  return new Map([...former, ...found]);
}

/**
 * The key of the name that is declared or referred to; several names together have one of their own. An entity that is known
 * by the name of another one is asked for by the name that this one is live under (`others`).
 */
export function wantedKey(
  { kind, name, key, references }: Resource,
  others: ReadonlyMap<number, string>,
): string {
  const { parts, namedBy = [] } = ALL_SPECS[kind];
  const live = namedBy.map((by) => others.get(references.get(by?.path ?? "")?.index ?? -1));
  if (parts === undefined) return askedName(kind, live[0] ?? name);
  return key.split(KEY_SEPARATOR).map((part, at) => live[at] ?? part).join(KEY_SEPARATOR);
}

/** The name that a row is live under; undefined for kinds without one of their own. */
export function liveName(kind: KindName | undefined, row: Row): string | undefined {
  const column = kind === undefined ? undefined : LIVE_TABLES[kind].nameColumn;
  const name = column === undefined ? undefined : row[column];
  return typeof name === "string" ? name : undefined;
}

/** The key of the name that a row is live under. */
export function keyOfRow(
  resource: Resource | undefined,
  live: LiveRow,
  others: ReadonlyMap<number, string>,
): string {
  if (resource === undefined) return "";
  const name = liveName(resource.kind, live.row);
  return name === undefined ? wantedKey(resource, others) : askedName(resource.kind, name);
}

/** Looks for logged rows of missing entities by what recognises them: someone may have renamed them. */
export async function findRenamed(
  ask: Ask,
  resources: readonly Resource[],
  live: LiveRows,
  addresses: readonly string[],
  events: ReadonlyMap<string, LastEvent>,
  look: Look,
): Promise<ReadonlyMap<number, LiveRow>> {
  const missing = resources.flatMap((resource) => {
    const event = events.get(addresses[resource.index] ?? "");
    const own = event?.rows.own;
    // What has no name of its own cannot have got another one.
    const gone = own === undefined || LIVE_TABLES[resource.kind].nameColumn === undefined ||
      event?.event === "deleted" || event?.event === "restored" || live.has(resource.index);
    return gone ? [] : [{ resource, own }];
  });
  const groups = Map.groupBy(
    missing,
    ({ resource, own }) => JSON.stringify([resource.kind, own.uuid === undefined, own.parent?.table]),
  );
  const statements = [...groups.values()].flatMap((group) => recognisingStatement(group, look) ?? []);
  if (statements.length === 0) return new Map();
  const answers = await ask("look for renamed rows", statements);
  const rows = readLive(answers.flat(), resources, look.catalog);
  // What stands below a renamed row may have kept its own name: the next round, with the new name above it, tells.
  const belowFound = (resource: Resource | undefined): boolean =>
    resource !== undefined && (rows.has(resource.index) || belowFound(resource.parent));
  return new Map(
    [...rows].flatMap(([index, [row]]) =>
      row === undefined || belowFound(resources[index]?.parent) ? [] : [[index, row]]
    ),
  );
}

/** Finds the logged rows of one kind by uuid; without one by key and the uuid of what they belong to. */
function recognisingStatement(
  group: readonly { readonly resource: Resource; readonly own: OwnRow }[],
  { catalog, from: name }: Look,
): Statement | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const { kind } = first.resource;
  const { table, primaryKey } = LIVE_TABLES[kind];
  const valuesOf = (read: (own: OwnRow) => unknown): Fragment =>
    texts(group.map(({ own }) => String(read(own) ?? "")));
  const { uuid, parent } = first.own;
  const select = (marks: readonly Fragment[], join: Fragment): Statement =>
    query`SELECT w.n, row_to_json(t.*) AS row FROM unnest(${
      list([ids(group.map(({ resource }) => resource.index)), ...marks])
    }) AS w(n, mark, key) JOIN ${name(table)} t ON ${join} WHERE ${
      liveCondition(kind, catalog) ?? sql`true`
    }`;
  if (uuid !== undefined) {
    return select([valuesOf((own) => own.uuid), valuesOf(() => "")], sql`t.uuid = w.mark::uuid`);
  }
  if (parent === undefined) return undefined;
  return select(
    [valuesOf((own) => own.parent?.uuid), valuesOf((own) => Object.values(own.key)[0])],
    sql`${column("t", primaryKey)} = w.key::${primaryKey === "id" ? sql`int4` : sql`text`}
JOIN ${name(parent.table)} p ON p.id = ${column("t", parent.column)} AND p.uuid::text = w.mark`,
  );
}
