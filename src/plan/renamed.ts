/** Entities that are live under another name than the files say: by `renamed_from`, or because somebody renamed them. */
import type { Catalog } from "../database/catalog.ts";
import { arrayLiteral, identifier } from "../database/literal.ts";
import type { LastEvent } from "../database/log.ts";
import type { Ask } from "../database/run.ts";
import { normaliseEmail } from "../flagsmith/email.ts";
import type { Rename } from "../graph/former_addresses.ts";
import { KEY_SEPARATOR, renamedAddress, type Resource } from "../graph/resource.ts";
import type { LiveRow } from "../kinds/live.ts";
import { LIVES } from "../kinds/lives.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { askedName, liveCondition, type LiveRows, readLive } from "./live.ts";

/** The key of the name that a file says the live entity still has. */
export function formerKey({ kind, declaration }: Resource): string | undefined {
  const name = declaration?.policy.renamedFrom;
  return name === undefined ? undefined : askedName(kind, name);
}

/** True when `renamed_from` changes only the case of a name, which for looking it up is the same one. */
export function isRespelled({ kind, name, declaration }: Resource, live: LiveRow | undefined): boolean {
  const { nameColumn } = LIVES[kind];
  const current = nameColumn === undefined ? undefined : live?.row[nameColumn];
  if (typeof current !== "string" || current !== declaration?.policy.renamedFrom) return false;
  const wanted = kind === "user" ? normaliseEmail(name) : name;
  return wanted !== current && wanted.toLowerCase() === current.toLowerCase();
}

/** The renames of this run. */
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
    const name = row["name"] ?? row["email"];
    return typeof name === "string" ? [[index, name] as const] : [];
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

/** The key of the name that a row is live under. */
export function keyOfRow(
  resource: Resource | undefined,
  live: LiveRow,
  others: ReadonlyMap<number, string>,
): string {
  if (resource === undefined) return "";
  const { row } = live;
  const name = row["name"] ?? row["email"];
  return typeof name === "string" ? askedName(resource.kind, name) : wantedKey(resource, others);
}

/** Looks for logged rows of missing entities by uuid or key: someone may have renamed them. */
export async function findRenamed(
  ask: Ask,
  resources: readonly Resource[],
  live: LiveRows,
  addresses: readonly string[],
  events: ReadonlyMap<string, LastEvent>,
  catalog: Catalog,
): Promise<ReadonlyMap<number, LiveRow>> {
  const statements: string[] = [];
  const missing: { resource: Resource; key: string }[] = [];
  const byKind = Map.groupBy(
    resources.flatMap((resource) => {
      const event = events.get(addresses[resource.index] ?? "");
      const uuid = event?.rows.own?.uuid;
      // What has no name of its own cannot have got another one.
      const gone = event === undefined || LIVES[resource.kind].nameColumn === undefined ||
        event.event === "deleted" || event.event === "restored" ||
        uuid === undefined ||
        live.has(resource.index);
      return gone ? [] : [{ resource, key: uuid }];
    }),
    (entry) => entry.resource.kind,
  );
  for (const [kind, group] of byKind) {
    const { table } = LIVES[kind];
    missing.push(...group);
    statements.push(
      `SELECT w.n, row_to_json(t) AS row FROM unnest(${
        arrayLiteral(group.map((g) => g.resource.index), "int4")
      }, ${arrayLiteral(group.map((g) => g.key), "uuid")}) AS w(n, uuid)
JOIN ${identifier(catalog.schema)}.${identifier(table)} t ON t.uuid = w.uuid WHERE ${
        liveCondition(kind, catalog)
      }`,
    );
  }
  if (statements.length === 0) return new Map();
  const answers = await ask("look for renamed rows", statements);
  const rows = readLive(answers.flat(), resources, catalog);
  // What stands below a renamed row may have kept its own name: the next round, with the new name above it, tells.
  const belowFound = (resource: Resource | undefined): boolean =>
    resource !== undefined && (rows.has(resource.index) || belowFound(resource.parent));
  return new Map(
    [...rows].flatMap(([index, [row]]) =>
      row === undefined || belowFound(resources[index]?.parent) ? [] : [[index, row]]
    ),
  );
}
