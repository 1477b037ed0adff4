import assert from "node:assert/strict";
import { pythonSum } from "./sum.ts";

// Recorded from Python 3.13: sum(values).
const SUMS: readonly (readonly [readonly number[], number])[] = [
  [[], 0],
  [[0.2, 99.4, 0.4], 100],
  [[74.2, 13.9, 11.9], 100],
  [[0.1, 0.2, 0.3], 0.6],
  [[33.3, 33.3, 33.4], 100],
  [[100, 0.1], 100.1],
  [[1e100, 1, -1e100], 1],
  [[1e308, 1e308], Infinity],
];

Deno.test("pythonSum() adds as Python does", () => {
  assert.deepEqual(SUMS.map(([values]) => pythonSum(values)), SUMS.map(([, sum]) => sum));
});
