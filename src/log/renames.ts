/** Events of entities that were renamed since: they stand under the address that the entity had then. Pure. */
import { byTarget, formerAddresses, type Rename } from "./former_addresses.ts";
import type { ActiveEvent } from "./events.ts";
import { rowMark } from "./own_rows.ts";

/**
 * The events that stand of the entities at some addresses, former ones included. `renames` are those that live rows show and the
 * log does not.
 */
export function underAddresses(
  open: readonly ActiveEvent[],
  addresses: Iterable<string>,
  renames: readonly Rename[] = [],
): ReadonlySet<ActiveEvent> {
  const targets = byTarget([...renamesAmong(open), ...renames]);
  const until = new Map<string, number>();
  for (const address of addresses) {
    until.set(address, Infinity);
    if (targets.size === 0) continue;
    for (const [former, { until: seq }] of formerAddresses(address, targets)) {
      until.set(former, Math.max(seq, until.get(former) ?? -1));
    }
  }
  const found = new Set(open.filter((e) => e.seq <= (until.get(e.address) ?? -1)));
  // A row that gave up its name is meant only where nobody else has the name since.
  const newest = new Map<string, ActiveEvent>();
  const holders = new Map<string, string>();
  for (const event of open) {
    const mark = rowMark(event.kind, event.rows.own);
    if (mark === undefined) continue;
    newest.set(mark, event);
    if (until.get(event.address) === Infinity) holders.set(event.address, mark);
  }
  const meant = new Set(holders.values());
  for (const event of found) {
    const mark = rowMark(event.kind, event.rows.own) ?? "";
    const last = newest.get(mark);
    if (last !== undefined && !found.has(last) && !meant.has(mark)) found.delete(event);
  }
  return found;
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
