import assert from "node:assert/strict";
import { readActiveEvents } from "./active_events.ts";
import type { ActiveEvent } from "./events.ts";
import { addressesWithoutEvents, underAddresses } from "./renames.ts";

/** Events of one run, in this order. */
function eventsOf(
  rows: readonly (readonly [address: string, id: number, from?: string])[],
): readonly ActiveEvent[] {
  return readActiveEvents(
    rows.map(([address, id, from], at) => ({
      seq: String(at + 1),
      run_id: `run ${at}`,
      event: from === undefined ? "created" : "updated",
      kind: address.slice(0, address.indexOf(":")),
      address,
      rows: {
        own: {
          table: "projects_project",
          key: { id },
          uuid: `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`,
        },
      },
      details: from === undefined ? {} : { from },
    })),
    [],
  );
}

const under = (events: readonly ActiveEvent[], ...addresses: readonly string[]): readonly number[] =>
  [...underAddresses(events, addresses)].map(({ seq }) => seq);

Deno.test("underAddresses() gives events of an address and of the names before it, in the order of the log", () => {
  const events = eventsOf([["project:O/A", 1], ["project:O/X", 2], ["project:O/B", 1, "project:O/A"]]);
  assert.deepEqual(under(events, "project:O/B"), [1, 3]);
  assert.deepEqual(under(events, "project:O/B", "project:O/X"), [1, 2, 3]);
  // A name that a row gave up means it until another row has the name.
  assert.deepEqual(under(events, "project:O/A"), [1]);
  const taken = eventsOf([["project:O/A", 1], ["project:O/B", 1, "project:O/A"], ["project:O/A", 3]]);
  assert.deepEqual(under(taken, "project:O/A"), [3]);
  assert.deepEqual(under(taken, "project:O/B"), [1, 2]);
});

Deno.test("addressesWithoutEvents() names those that nothing in the log is about, under their former names neither", () => {
  const events = eventsOf([["project:O/A", 1], ["project:O/X", 2], ["project:O/B", 1, "project:O/A"]]);
  const asked = ["project:O/X", "project:O/A", "project:O/B", "project:O/C"];
  assert.deepEqual(addressesWithoutEvents(events, asked), ["project:O/C"]);
});

Deno.test("addressesWithoutEvents() takes 20,000 addresses and as many events in a second or two, not in minutes", () => {
  const addresses = Array.from({ length: 20_000 }, (_, n) => `project:O/${n}`);
  const events = eventsOf(addresses.map((address, n) => [address, n] as const));
  const began = performance.now();
  assert.deepEqual(addressesWithoutEvents(events, [...addresses, "project:O/none"]), ["project:O/none"]);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds < 10, `${seconds} s`);
});
