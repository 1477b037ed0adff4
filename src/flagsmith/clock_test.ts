import assert from "node:assert/strict";
import { steppingClock } from "./clock.ts";

Deno.test("steppingClock() gives ever later microseconds, across milliseconds too", () => {
  const clock = steppingClock(1_700_000_000_000_998n);
  assert.deepEqual([clock.tick(), clock.tick(), clock.tick()], [
    "2023-11-14T22:13:20.000999Z",
    "2023-11-14T22:13:20.001000Z",
    "2023-11-14T22:13:20.001001Z",
  ]);
});
