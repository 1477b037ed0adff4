/** What the log says of the entities of a run: the newest event of each, under the address that it has or had. */
import { type LastEvent, lastEventsStatement, readLastEvents, renamesStatement } from "./events.ts";
import type { Statement } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import type { Answer } from "../database/session.ts";
import { byTarget, type Former, formerAddresses, type Rename } from "./former_addresses.ts";
import type { Sameness } from "./own_rows.ts";

/** Newest events by address, and renames that the log knows. */
export interface Logged {
  readonly events: ReadonlyMap<string, LastEvent>;
  readonly renames: readonly Rename[];
}

/** Two statements; `readLogged` takes their answers. */
export function loggedStatements(schema: string, addresses: readonly string[]): readonly Statement[] {
  return [lastEventsStatement(schema, addresses), renamesStatement(schema, addresses)];
}

/** Reads the answers of `loggedStatements`. */
export function readLogged([events, renames]: readonly (readonly Answer[])[]): Logged {
  return {
    events: readLastEvents(events ?? []),
    renames: (renames ?? []).map((row) => ({
      seq: Number(row["seq"]),
      until: Number(row["until"]),
      from: String(row["from"]),
      to: String(row["address"]),
    })),
  };
}

/** What is known of the live row of an address. */
export type CompareOwn = (address: string, event: LastEvent) => Sameness;

/**
 * The newest events, where what stands above an entity or is part of its name was renamed also those of its former addresses:
 * of these the one about the live row (`compare`), and the newest one where rows do not tell. An event counts for one address.
 * Asks only when there are former addresses. Gives the renames that it found there as well.
 */
export async function withFormerEvents(
  ask: Ask,
  schema: string,
  addresses: readonly string[],
  { events, renames }: Logged,
  compare: CompareOwn,
): Promise<Logged> {
  const all = [...renames];
  const asked = new Set<string>();
  const known = new Map<string, LastEvent>();
  let former: ReadonlyMap<string, ReadonlyMap<string, Former>> = new Map();
  // Renames of a former address are known once it is.
  for (let size = -1; all.length > size;) {
    size = all.length;
    if (size === 0) break;
    const targets = byTarget(all);
    former = new Map(addresses.map((address) => [address, formerAddresses(address, targets)]));
    const wanted = [...new Set([...former.values()].flatMap((found) => [...found.keys()]))].filter((at) =>
      !asked.has(at)
    );
    if (wanted.length === 0) break;
    for (const at of wanted) asked.add(at);
    const more = readLogged(await ask("read the log", loggedStatements(schema, wanted)));
    for (const [at, event] of more.events) known.set(at, event);
    const seen = new Set(all.map(renameKey));
    for (const rename of more.renames) if (!seen.has(renameKey(rename))) all.push(rename);
  }
  return { events: choose(addresses, events, known, former, compare), renames: all };
}

function renameKey({ seq, from, to }: Rename): string {
  return JSON.stringify([seq, from, to]);
}

const RANK: Readonly<Record<Sameness, number>> = { same: 2, unknown: 1, other: 0 };

/** The event of each address, among its own newest one and those of its former addresses. */
function choose(
  addresses: readonly string[],
  events: ReadonlyMap<string, LastEvent>,
  known: ReadonlyMap<string, LastEvent>,
  former: ReadonlyMap<string, ReadonlyMap<string, Former>>,
  compare: CompareOwn,
): ReadonlyMap<string, LastEvent> {
  const all = new Map(events);
  const others = new Set<number>();
  for (const address of addresses) {
    const own = events.get(address);
    let best = own === undefined ? undefined : { event: own, rank: RANK[compare(address, own)] };
    for (const [at, { until, since }] of former.get(address) ?? []) {
      const event = known.get(at);
      if (event === undefined || event.seq > until) continue;
      others.add(event.seq);
      const rank = RANK[compare(address, event)];
      // What happened under the new name after the rename is newer, whatever it is.
      const isNewer = best === undefined || best.event.seq < event.seq ||
        (best.event === own && own.seq < since);
      if (best === undefined || rank > best.rank || (rank === best.rank && isNewer)) best = { event, rank };
    }
    if (best !== undefined) all.set(address, best.event);
  }
  // What has a former name now is another entity.
  for (const [address, event] of events) {
    if (!others.has(event.seq) || all.get(address) !== event) continue;
    if (compare(address, event) !== "same") all.delete(address);
  }
  return all;
}
