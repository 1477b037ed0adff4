import assert from "node:assert/strict";
import { type Figure, keepsLimit, median, tableLines } from "./figure.ts";

Deno.test("median() is the middle value, the lower one of two", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2);
  assert.equal(median([7]), 7);
});

Deno.test("a figure keeps its limit when its median does, whatever its slowest run was", () => {
  const figure: Figure = { case: "c", what: "w", unit: "s", samples: [0.1, 0.2, 9], limit: 0.2 };
  assert.equal(keepsLimit(figure), true);
  assert.equal(keepsLimit({ ...figure, limit: 0.19 }), false);
});

Deno.test("tableLines() writes medians, extremes, ratios and whether the goal is met", () => {
  assert.deepEqual(
    tableLines([
      { case: "a", what: "start of a process", unit: "s", samples: [0.05] },
      { case: "a", what: "whole process", unit: "s", samples: [0.3, 0.1, 0.2], limit: 0.35, floor: 0.05 },
      { case: "b", what: "round trips", unit: "trips", samples: [7], limit: 6 },
      { case: "b", what: "peak memory", unit: "MB", samples: [99.6], limit: 250 },
    ]),
    [
      "case  figure               median      min      max  ratio to floor       goal",
      "----  ------------------  -------  -------  -------  --------------  ---------  ----",
      "a     start of a process  0.050 s  0.050 s  0.050 s",
      "a     whole process       0.200 s  0.100 s  0.300 s          4.00 ×  ≤ 0.350 s  ok",
      "b     round trips               7        7        7                        ≤ 6  over",
      "b     peak memory          100 MB   100 MB   100 MB                   ≤ 250 MB  ok",
    ],
  );
});
