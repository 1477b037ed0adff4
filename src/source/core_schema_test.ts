import assert from "node:assert/strict";
import { plainValue } from "./core_schema.ts";

Deno.test("plainValue() types the words of the core schema and nothing else", () => {
  const cases: [string, unknown][] = [
    ["", null],
    ["~", null],
    ["null", null],
    ["NULL", null],
    ["nUll", "nUll"],
    [" ", " "],
    ["true", true],
    ["False", false],
    ["TRUE", true],
    ["tRue", "tRue"],
    ["yes", "yes"],
    ["on", "on"],
    ["y", "y"],
    ["0b1", "0b1"],
    ["1_000", "1_000"],
    ["12:30:45", "12:30:45"],
    ["2024-01-01", "2024-01-01"],
    ["1.2.3", "1.2.3"],
    ["1e", "1e"],
    [".", "."],
    ["-", "-"],
    ["+", "+"],
    ["0", 0],
    ["007", 7],
    ["-19", -19],
    ["+12", 12],
    ["0o14", 12],
    ["0x1F", 31],
    ["-0x1F", "-0x1F"],
    ["1.50", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["-1e3", -1000],
    ["6.02e+23", 6.02e23],
    [".inf", Infinity],
    ["-.INF", -Infinity],
    [".nan", NaN],
    ["inf", "inf"],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    ["+9007199254740993", 9007199254740993n],
    ["0xFFFFFFFFFFFFFFFF", 18446744073709551615n],
    ["5\n", "5\n"],
    ["true ", "true "],
    ["9".repeat(500), "9".repeat(500)],
  ];

  const values = cases.map(([text]) => [text, plainValue(text)]);

  assert.deepEqual(values, cases);
});
