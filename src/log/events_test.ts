import assert from "node:assert/strict";
import fc from "fast-check";
import { ranges, readRanges } from "./events.ts";

Deno.test("ranges() writes runs of integers as from-to", () => {
  assert.equal(ranges([7, 5, 6, 12, 5]), "5-7,12");
  assert.equal(ranges([]), "");
});

Deno.test("readRanges() gives back what ranges() was given, sorted and once", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300)), (ids) => {
      assert.deepEqual(readRanges(ranges(ids)), [...new Set(ids)].sort((a, b) => a - b));
    }),
    { seed: 7, numRuns: 500 },
  );
});
