/** Events of entities that were renamed since: they stand under the address that the entity had then. Pure. */
import { byTarget, formerAddresses, type Rename } from "./former_addresses.ts";
import type { ActiveEvent } from "./events.ts";
import { rowMark } from "./own_rows.ts";

/**
 * The events that stand of the entities at some addresses, former ones included, in the order of `open`. `renames` are those that
 * live rows show and the log does not.
 */
export function underAddresses(
  open: readonly ActiveEvent[],
  addresses: Iterable<string>,
  renames: readonly Rename[] = [],
): ReadonlySet<ActiveEvent> {
  return lookupOf(open, renames)(addresses);
}

/** Those of some addresses that no event that stands is about. Costs as much as there are events and addresses. */
export function addressesWithoutEvents(
  open: readonly ActiveEvent[],
  addresses: Iterable<string>,
): readonly string[] {
  const under = lookupOf(open, []);
  return [...addresses].filter((address) => under([address]).size === 0);
}

/** `underAddresses()` of the same events again and again: each time costs as much as the events that it gives. */
function lookupOf(
  open: readonly ActiveEvent[],
  renames: readonly Rename[],
): (addresses: Iterable<string>) => ReadonlySet<ActiveEvent> {
  const targets = byTarget([...renamesAmong(open), ...renames]);
  const facts = open.map((event, at) => ({ event, at, mark: rowMark(event.kind, event.rows.own) }));
  const byAddress = Map.groupBy(facts, ({ event }) => event.address);
  const newest = new Map(facts.flatMap(({ event, mark }) => mark === undefined ? [] : [[mark, event]]));
  return (addresses) => {
    const until = new Map<string, number>();
    for (const address of addresses) {
      until.set(address, Infinity);
      if (targets.size === 0) continue;
      for (const [former, { until: seq }] of formerAddresses(address, targets)) {
        until.set(former, Math.max(seq, until.get(former) ?? -1));
      }
    }
    const candidates = [...until].flatMap(([address, seq]) =>
      (byAddress.get(address) ?? []).filter(({ event }) => event.seq <= seq)
    ).sort((a, b) => a.at - b.at);
    const found = new Set(candidates.map(({ event }) => event));
    // A row that gave up its name is meant only where nobody else has the name since.
    const meant = new Set<string | undefined>();
    for (const [address, seq] of until) {
      if (seq === Infinity) {
        meant.add(byAddress.get(address)?.findLast(({ mark }) => mark !== undefined)?.mark);
      }
    }
    for (const { event, mark } of candidates) {
      const last = mark === undefined ? undefined : newest.get(mark);
      if (last !== undefined && !found.has(last) && !meant.has(mark)) found.delete(event);
    }
    return found;
  };
}

/** Renames that events tell of, and rows that were logged again under another address, as former releases did after those of others. */
function renamesAmong(open: readonly ActiveEvent[]): readonly Rename[] {
  const renames: Rename[] = [];
  const addressOf = new Map<string, string>();
  // What a run did at an address that it took a name from is about another entity.
  const first = new Map<string, number>();
  for (const { seq, runId, address } of open) {
    const at = JSON.stringify([runId, address]);
    if (!first.has(at)) first.set(at, seq);
  }
  for (const { seq, runId, kind, address, rows, details: { from } } of open) {
    if (typeof from === "string") {
      const other = first.get(JSON.stringify([runId, from])) ?? Infinity;
      renames.push({ seq, until: Math.min(seq, other - 1), from, to: address });
    }
    const mark = rowMark(kind, rows.own);
    if (mark === undefined) continue;
    const before = addressOf.get(mark);
    addressOf.set(mark, address);
    if (before !== undefined && before !== address && before !== from) {
      renames.push({ seq, from: before, to: address });
    }
  }
  return renames;
}
