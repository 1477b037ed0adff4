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
  return new Set(open.filter((e) => e.seq <= (until.get(e.address) ?? -1)));
}

/** Renames that events tell of, and rows that were logged again under another address, as former releases did after those of others. */
function renamesAmong(open: readonly ActiveEvent[]): readonly Rename[] {
  const renames: Rename[] = [];
  const addressOf = new Map<string, string>();
  for (const { seq, kind, address, rows, details: { from } } of open) {
    if (typeof from === "string") renames.push({ seq, from, to: address });
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
