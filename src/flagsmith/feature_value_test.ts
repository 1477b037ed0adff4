import assert from "node:assert/strict";
import fc from "fast-check";
import { traitValue, typeDeclaredValue, typeInitialValue } from "./feature_value.ts";

const int = (value: number) => ({
  type: "int",
  boolean_value: null,
  integer_value: value,
  string_value: null,
});
const bool = (value: boolean) => ({
  type: "bool",
  boolean_value: value,
  integer_value: null,
  string_value: null,
});
const unicode = (value: string | null) => ({
  type: "unicode",
  boolean_value: null,
  integer_value: null,
  string_value: value,
});

Deno.test("typeInitialValue() types texts as Flagsmith does", () => {
  const cases: [string | null, unknown][] = [
    [null, unicode(null)],
    ["", unicode("")],
    ["25", int(25)],
    [" +5 ", int(5)],
    ["-0", int(0)],
    ["007", int(7)],
    ["1_000", int(1000)],
    ["५", int(5)],
    ["2147483646", int(2147483646)],
    ["2147483647", unicode("2147483647")],
    ["-2147483646", int(-2147483646)],
    ["-2147483647", unicode("-2147483647")],
    ["99999999999999999999", unicode("99999999999999999999")],
    ["1.5", unicode("1.5")],
    ["true", bool(true)],
    ["True", bool(true)],
    ["false", bool(false)],
    ["False", bool(false)],
    ["TRUE", unicode("TRUE")],
    [" true", unicode(" true")],
    ["None", unicode("None")],
  ];
  assert.deepEqual(cases.map(([text]) => [text, typeInitialValue(text)]), cases);
});

Deno.test("typeInitialValue() fills exactly the column of its type when there is a text", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (text) => {
    const { type, ...columns } = typeInitialValue(text);
    const filled = Object.entries(columns).filter(([, value]) => value !== null).map(([name]) => name);
    assert.deepEqual(filled, [
      { int: "integer_value", bool: "boolean_value", unicode: "string_value" }[type],
    ]);
  }));
});

Deno.test("typeDeclaredValue() types values by their YAML type", () => {
  const cases: [Parameters<typeof typeDeclaredValue>, unknown][] = [
    [[null], unicode(null)],
    [[true], bool(true)],
    [["true"], unicode("true")],
    [["5"], unicode("5")],
    [[5, "5"], int(5)],
    [[-0, "-0"], int(0)],
    [[7, "007"], int(7)],
    [[5n], int(5)],
    [[2147483647], int(2147483647)],
    [[-2147483648], int(-2147483648)],
    [[2147483648], undefined],
    [[-2147483649n], undefined],
    [[2 ** 70], undefined],
    [[225, "0xE1"], int(225)],
    [[1.5, "1.50"], unicode("1.50")],
    [[1, "1.0"], unicode("1.0")],
    [[1000, "1e3"], unicode("1e3")],
    [[1.5], unicode("1.5")],
    [[1e-7], unicode("1e-07")],
    [[Infinity, ".inf"], unicode(".inf")],
  ];
  assert.deepEqual(cases.map(([input]) => [input, typeDeclaredValue(...input)]), cases);
});

Deno.test("traitValue() fills one column when the value can be a trait", () => {
  const empty = { boolean_value: null, integer_value: null, string_value: null, float_value: null };
  const cases: [Parameters<typeof traitValue>, unknown][] = [
    [["x"], { value_type: "unicode", ...empty, string_value: "x" }],
    [[""], { value_type: "unicode", ...empty, string_value: "" }],
    [[3], { value_type: "int", ...empty, integer_value: 3 }],
    [[3n], { value_type: "int", ...empty, integer_value: 3 }],
    [[false], { value_type: "bool", ...empty, boolean_value: false }],
    [[1.5], { value_type: "float", ...empty, float_value: 1.5 }],
    [[2, "2.0"], { value_type: "float", ...empty, float_value: 2 }],
    [[null], undefined],
    [[2147483648], undefined],
    [[NaN], undefined],
    [[Infinity, ".inf"], undefined],
  ];
  assert.deepEqual(cases.map(([input]) => [input, traitValue(...input)]), cases);
});
