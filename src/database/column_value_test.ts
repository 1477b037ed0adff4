import assert from "node:assert/strict";
import { castType, columnJson, columnText } from "./column_value.ts";

Deno.test("columnText() reads what fits the type of a column, and says what the others take", () => {
  const cases: readonly (readonly [type: string, given: string, expected: string])[] = [
    ["boolean", "TRUE", "true"],
    ["boolean", "off", "false"],
    ["boolean", "maybe", "! takes true or false"],
    ["boolean", "", "! takes true or false"],
    ["boolean", "constructor", "! takes true or false"],
    ["smallint", "+7", "7"],
    ["smallint", "32768", "! takes a whole number from -32768 to 32767"],
    ["integer", "-2147483648", "-2147483648"],
    ["integer", "2147483648", "! takes a whole number from -2147483648 to 2147483647"],
    ["integer", "1.0", "! takes a whole number from -2147483648 to 2147483647"],
    ["bigint", "9223372036854775807", "9223372036854775807"],
    ["numeric(5,2)", "999.994", "999.994"],
    ["numeric(5,2)", "999.995", "! takes a number of 3 digits before the point at most"],
    ["numeric(5,2)", "-.5", "-.5"],
    ["jsonb", "null", "! takes JSON other than null"],
    ["jsonb", "[null]", "[null]"],
    ["numeric", "NaN", "! takes a number"],
    ["double precision", "1e3", "1e3"],
    ["double precision", "1e999", "! takes a number"],
    ["text", "", ""],
    ["character varying(3)", "äöü", "äöü"],
    ["character varying(3)", "abcd", "! takes 3 characters at most"],
    ["text", "a\0", "! takes no NUL character"],
    ["jsonb", '{"a": [1]}', '{"a": [1]}'],
    ["jsonb", "{a}", "! takes JSON"],
    ["jsonb", '"\\u0000"', "! takes no NUL character"],
    ["jsonb", '"\\\\u0000"', '"\\\\u0000"'],
    ["uuid", "6F1F2B4C-3f0e-4c39-9d2a-0f6c2f0b7a11", "6f1f2b4c-3f0e-4c39-9d2a-0f6c2f0b7a11"],
    ["uuid", "6f1f2b4c", "! takes a uuid such as 6f1f2b4c-3f0e-4c39-9d2a-0f6c2f0b7a11"],
    ["date", "2024-02-29", "2024-02-29"],
    ["date", "2026-02-29", "! takes a date: 2026-01-31"],
    ["timestamp with time zone", "2026-01-31 12:00:00", "2026-01-31 12:00:00Z"],
    ["timestamp with time zone", "2026-01-31T12:00:00+0200", "2026-01-31T12:00:00+0200"],
    ["timestamp(3) with time zone", "yesterday", "! takes a time: 2026-01-31T12:00:00Z"],
    ["timestamp without time zone", "2026-01-31T12:00", "2026-01-31T12:00"],
    [
      "timestamp without time zone",
      "2026-01-31T12:00Z",
      "! takes a time without an offset: 2026-01-31T12:00:00",
    ],
    ["text[]", '["a", "b,c", null]', '{"a","b,c",NULL}'],
    ["text[]", "{a, b}", '{"a","b"}'],
    ["integer[]", "{}", "{}"],
    [
      "integer[]",
      '[1, "x"]',
      "! holds elements of integer; an element takes a whole number from -2147483648 to 2147483647",
    ],
    ["integer[]", "1,2", '! takes a list: ["a", "b"] or {a,b}'],
    ["inet", "10.0.0.1", "10.0.0.1"],
  ];
  assert.deepEqual(
    cases.map(([type, given]) => {
      const value = columnText(given, type);
      return [type, given, value.kind === "text" ? value.text : `! ${value.problem}`];
    }),
    cases.map((one) => [...one]),
  );
});

Deno.test("columnJson() asks for a JSON value of the column's type", () => {
  const cases: readonly (readonly [type: string, given: unknown, expected: string])[] = [
    ["boolean", true, "true"],
    ["boolean", "true", "! takes true or false, not a string"],
    ["integer", 7, "7"],
    ["integer", 1.5, "! takes a whole number from -2147483648 to 2147483647"],
    ["integer", true, "! takes a number, not a boolean"],
    ["bigint", 2 ** 53, "! takes numbers beyond 2^53 only as text"],
    ["numeric(5,2)", "1.50", "1.50"],
    ["text", "a", "a"],
    ["text", 1, "! takes text, not a number"],
    ["text", null, "! takes text, not null"],
    ["jsonb", {}, "{}"],
    ["jsonb", "text", '"text"'],
    ["text[]", ["a"], '{"a"}'],
    ["text[]", "a", "! takes a list, not a string"],
    ["timestamp with time zone", ["a"], "! takes text, not a list"],
    ["date", {}, "! takes text, not an object"],
  ];
  assert.deepEqual(
    cases.map(([type, given]) => {
      const value = columnJson(given, type);
      return [type, given, value.kind === "text" ? value.text : `! ${value.problem}`];
    }),
    cases.map((one) => [...one]),
  );
});

Deno.test("castType() names no type that cuts a value", () => {
  assert.deepEqual(["character", "character[]", "bit", "character varying", "text[]"].map(castType), [
    "bpchar",
    "bpchar[]",
    '"bit"',
    "character varying",
    "text[]",
  ]);
});
