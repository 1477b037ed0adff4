import assert from "node:assert/strict";
import fc from "fast-check";
import { pythonFloat, pythonFloatText, pythonInt } from "./number.ts";

Deno.test("pythonInt() reads what Python's int() reads", () => {
  const cases: [string, bigint | undefined][] = [
    ["5", 5n],
    ["+5", 5n],
    ["-3", -3n],
    ["-0", 0n],
    ["007", 7n],
    ["0_7", 7n],
    ["1_000", 1000n],
    ["1__0", undefined],
    ["_1", undefined],
    ["1_", undefined],
    [" \t\r\n\v\f5 ", 5n],
    ["\x855\xa0", 5n],
    ["\u30005\u2003", 5n],
    ["\x1c5", undefined],
    ["5\x1f", undefined],
    ["\ufeff5", undefined],
    ["\u200b5", undefined],
    ["५", 5n],
    ["\u{1d7ce}\u{1d7d9}", 1n],
    ["٤_٢", 42n],
    ["+ 5", undefined],
    ["+-5", undefined],
    ["0x5", undefined],
    ["1.0", undefined],
    ["1e3", undefined],
    ["", undefined],
    ["+", undefined],
    ["²", undefined],
    ["9".repeat(4300), 10n ** 4300n - 1n],
    ["9".repeat(4301), undefined],
  ];
  assert.deepEqual(cases.map(([text]) => [text, pythonInt(text)]), cases);
});

Deno.test("pythonInt() reads back every integer that is written in decimal", () => {
  fc.assert(fc.property(fc.bigInt(), (value) => {
    assert.equal(pythonInt(` ${value}\n`), value);
  }));
});

Deno.test("pythonFloat() reads what Python's float() reads", () => {
  const cases: [string, number | undefined][] = [
    ["1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["+1E-3", 0.001],
    ["1_0.5", 10.5],
    ["1e1_0", 1e10],
    ["1_.5", undefined],
    ["1._5", undefined],
    [" １.５ ", 1.5],
    ["1e400", Infinity],
    ["inf", Infinity],
    ["-Infinity", -Infinity],
    ["NaN", NaN],
    ["infin", undefined],
    ["1e", undefined],
    [".", undefined],
    ["", undefined],
    ["1,5", undefined],
    ["0x1p3", undefined],
    ["1.5.", undefined],
  ];
  assert.deepEqual(cases.map(([text]) => [text, pythonFloat(text)]), cases);
});

Deno.test("pythonFloatText() prints as Python's str() does", () => {
  const cases: [number, string][] = [
    [1, "1.0"],
    [-0, "-0.0"],
    [1.5, "1.5"],
    [-0.25, "-0.25"],
    [0.0001, "0.0001"],
    [-0.00012, "-0.00012"],
    [0.00001, "1e-05"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.25e-7, "1.25e-07"],
    [123456789012345680, "1.2345678901234568e+17"],
    [NaN, "nan"],
    [-Infinity, "-inf"],
  ];
  assert.deepEqual(cases.map(([value]) => [value, pythonFloatText(value)]), cases);
});

Deno.test("pythonFloat() reads back what pythonFloatText() prints", () => {
  fc.assert(fc.property(fc.double(), (value) => {
    assert.ok(Object.is(pythonFloat(pythonFloatText(value)), value));
  }));
});
