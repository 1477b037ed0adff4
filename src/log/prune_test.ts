import assert from "node:assert/strict";
import { prunable, type PrunableEvent } from "./prune.ts";

function event(seq: number, name: string, address: string, more: Partial<PrunableEvent> = {}): PrunableEvent {
  return {
    seq,
    event: name,
    address,
    recordedAt: seq * 1000,
    undoes: [],
    corrects: [],
    droppedSoFar: 0,
    ...more,
  };
}

const pruned = (events: readonly PrunableEvent[], before?: number): readonly number[] =>
  prunable(events, before).map((e) => e.seq);

Deno.test("prunable() gives all events of addresses of which none stands, and failures", () => {
  assert.deepEqual(
    pruned([
      event(1, "created", "a"),
      event(2, "updated", "a"),
      event(3, "created", "b"),
      event(4, "deleted", "a", { undoes: [1, 2] }),
      event(5, "failed", "run:x"),
      event(6, "protected", "log:protection"),
      event(7, "pruned", "log:pruned"),
      event(8, "deleted", "rows:cascade"),
    ]),
    [1, 2, 4, 5, 8],
  );
});

Deno.test("prunable() keeps an address that came back, or of which one of several changes stands", () => {
  const gone = [event(1, "created", "a"), event(2, "deleted", "a", { undoes: [1] })];
  assert.deepEqual(pruned([...gone, event(3, "created", "a")]), []);
  assert.deepEqual(
    pruned([
      event(1, "updated", "a"),
      event(2, "updated", "a"),
      event(3, "restored", "a", { undoes: [2] }),
    ]),
    [],
  );
});

Deno.test("prunable() keeps what closes or corrects an event of another address that stays", () => {
  const corrected = event(1, "updated", "a");
  const other = event(2, "updated", "b");
  const restored = event(3, "restored", "b", { undoes: [2], corrects: [1] });
  assert.deepEqual(pruned([corrected, other, restored]), [2]);
  assert.deepEqual(pruned([other, restored]), [2, 3]);
});

Deno.test("prunable() spares an address with an event since a moment", () => {
  const events = [
    event(1, "created", "a"),
    event(2, "deleted", "a", { undoes: [1] }),
    event(3, "created", "b"),
    event(4, "deleted", "b", { undoes: [3] }),
  ];
  assert.deepEqual(pruned(events, 4000), [1, 2]);
  assert.deepEqual(pruned(events, 4001), [1, 2, 3, 4]);
});
