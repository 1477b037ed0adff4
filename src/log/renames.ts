/** Events of entities that were renamed since: they stand under the address that the entity had then. Pure. */
import { byTarget, formerAddresses, type Rename } from "./former_addresses.ts";
import type { ActiveEvent } from "./events.ts";

/** The events that stand of the entities at some addresses, former ones included. */
export function underAddresses(
  open: readonly ActiveEvent[],
  addresses: Iterable<string>,
): ReadonlySet<ActiveEvent> {
  const renames = byTarget(renamesAmong(open));
  const until = new Map<string, number>();
  for (const address of addresses) {
    until.set(address, Infinity);
    if (renames.size === 0) continue;
    for (const [former, seq] of formerAddresses(address, renames)) {
      until.set(former, Math.max(seq, until.get(former) ?? -1));
    }
  }
  return new Set(open.filter((e) => e.seq <= (until.get(e.address) ?? -1)));
}

function renamesAmong(open: readonly ActiveEvent[]): readonly Rename[] {
  return open.flatMap(({ seq, event, address, details: { from } }) =>
    event === "renamed" && typeof from === "string" ? [{ seq, from, to: address }] : []
  );
}
