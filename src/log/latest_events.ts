/** What the log says of the entities of a run: the newest event of each, under the address that it has or had. */
import { type LastEvent, lastEventsStatement, readLastEvents, renamesStatement } from "./events.ts";
import type { Statement } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import type { Answer } from "../database/session.ts";
import { byTarget, formerAddresses, type Rename } from "./former_addresses.ts";

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
      from: String(row["from"]),
      to: String(row["address"]),
    })),
  };
}

/**
 * The newest events, where what stands above an entity or is part of its name was renamed also those of its former addresses.
 * Asks only when there are such.
 */
export async function withFormerEvents(
  ask: Ask,
  schema: string,
  addresses: readonly string[],
  events: ReadonlyMap<string, LastEvent>,
  renames: readonly Rename[],
): Promise<ReadonlyMap<string, LastEvent>> {
  if (renames.length === 0) return events;
  const targets = byTarget(renames);
  const former = new Map(addresses.map((address) => [address, formerAddresses(address, targets)]));
  const wanted = [...new Set([...former.values()].flatMap((found) => [...found.keys()]))];
  if (wanted.length === 0) return events;
  const [answer] = await ask("read the log", [lastEventsStatement(schema, wanted)]);
  const known = readLastEvents(answer ?? []);
  const all = new Map(events);
  for (const [address, found] of former) {
    for (const [at, until] of found) {
      const event = known.get(at);
      if (event === undefined || event.seq > until) continue;
      const own = all.get(address);
      // What happened under the new name after the rename is newer, whatever it is.
      if (own === undefined || own.seq < event.seq || (own === events.get(address) && own.seq < until)) {
        all.set(address, event);
      }
    }
  }
  return all;
}
