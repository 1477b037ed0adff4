import assert from "node:assert/strict";
import { comparisonLines, growth } from "./comparison.ts";

Deno.test("growth() is the median of the pairs", () => {
  assert.equal(growth({ case: "c", before: [1, 2, 4], after: [1.5, 2, 40] }), 0.5);
});

Deno.test("comparisonLines() writes medians side by side, and how much the second grew", () => {
  assert.deepEqual(
    comparisonLines([
      { case: "--help", before: [0.04], after: [0.03] },
      { case: "bootstrap", before: [0.1, 0.2, 0.4], after: [0.11, 0.21, 0.5] },
    ]),
    [
      "case        before    after   growth",
      "---------  -------  -------  -------",
      "--help     0.040 s  0.030 s  −25.0 %",
      "bootstrap  0.200 s  0.210 s  +10.0 %",
    ],
  );
});
