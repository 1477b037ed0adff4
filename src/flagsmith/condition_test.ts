import assert from "node:assert/strict";
import { canonicalValue, checkCondition, isSemver, OPERATORS } from "./condition.ts";

type Verdict = "ok" | "FP114" | "FP151";

const verdict = (operator: string, value: string | null, property: string | null = "p"): Verdict =>
  checkCondition({ operator, property, value })?.code ?? "ok";

Deno.test("checkCondition() judges values as the engine does", () => {
  const cases: [string, string | null, Verdict][] = [
    ["EQUAL", "a", "ok"],
    ["EQUAL", "", "ok"],
    ["EQUAL", null, "FP151"],
    ["EQUAL", " ", "ok"],
    ["EQUAL", "1.2.3:semver", "ok"],
    ["NOT_EQUAL", "1.2:semver", "FP151"],
    ["NOT_EQUAL", "b", "ok"],
    ["NOT_EQUAL", "", "ok"],
    ["CONTAINS", "c", "ok"],
    ["CONTAINS", "", "ok"],
    ["CONTAINS", null, "FP151"],
    ["NOT_CONTAINS", "", "FP151"],
    ["GREATER_THAN", "1", "ok"],
    ["GREATER_THAN", "-1.5", "ok"],
    ["GREATER_THAN", "abc", "FP151"],
    ["GREATER_THAN", "2024-01-31", "FP151"],
    ["GREATER_THAN", "", "FP151"],
    ["GREATER_THAN", "inf", "FP151"],
    ["GREATER_THAN", "nan", "FP151"],
    ["GREATER_THAN", "1.2.3:semver", "ok"],
    ["GREATER_THAN_INCLUSIVE", "1.2.3", "FP151"],
    ["LESS_THAN", "v1.2.3:semver", "FP151"],
    ["LESS_THAN_INCLUSIVE", "4.5", "ok"],
    ["REGEX", "^[a-z]+$", "ok"],
    ["REGEX", "[", "FP114"],
    ["REGEX", "", "ok"],
    ["REGEX", "(?<n>a)", "FP114"],
    ["REGEX", "\\N{UNKNOWN NAME}", "FP151"],
    ["PERCENTAGE_SPLIT", "0", "ok"],
    ["PERCENTAGE_SPLIT", "70.5", "ok"],
    ["PERCENTAGE_SPLIT", "100", "ok"],
    ["PERCENTAGE_SPLIT", "100.1", "FP151"],
    ["PERCENTAGE_SPLIT", "-1", "FP151"],
    ["PERCENTAGE_SPLIT", "half", "FP151"],
    ["PERCENTAGE_SPLIT", "50%", "FP151"],
    ["PERCENTAGE_SPLIT", "nan", "FP151"],
    ["PERCENTAGE_SPLIT", "", "FP151"],
    ["PERCENTAGE_SPLIT", null, "FP151"],
    ["MODULO", "4|1", "ok"],
    ["MODULO", "4.5 | 0", "ok"],
    ["MODULO", "0|0", "FP114"],
    ["MODULO", "0.0|1", "FP114"],
    ["MODULO", "-4|0", "ok"],
    ["MODULO", "4|-1", "FP151"],
    ["MODULO", "4", "FP151"],
    ["MODULO", "4|1|2", "FP151"],
    ["MODULO", "a|1", "FP151"],
    ["MODULO", "4|", "FP151"],
    ["MODULO", "4|4", "FP151"],
    ["IS_SET", "", "ok"],
    ["IS_SET", null, "ok"],
    ["IS_SET", "x", "ok"],
    ["IS_NOT_SET", "None", "ok"],
    ["IN", "x,y,z", "ok"],
    ["IN", '["x", "y "]', "ok"],
    ["IN", "", "ok"],
    ["IN", null, "FP151"],
    ["IN", "x, y", "FP151"],
    ["IN", "[x,y]", "FP151"],
    ["IN", "[]", "FP151"],
  ];
  assert.deepEqual(cases.map(([operator, value]) => [operator, value, verdict(operator, value)]), cases);
});

Deno.test("checkCondition() warns of a condition without a property except for PERCENTAGE_SPLIT", () => {
  const value = (operator: string) =>
    ({ MODULO: "4|1", IS_SET: "", IS_NOT_SET: "" } as Record<string, string>)[operator] ?? "1";
  const without = (property: string | null) =>
    OPERATORS.filter((operator) => verdict(operator, value(operator), property) === "ok");
  assert.deepEqual([without(null), without(" "), without("p")], [
    ["PERCENTAGE_SPLIT"],
    ["PERCENTAGE_SPLIT"],
    [...OPERATORS],
  ]);
});

Deno.test("checkCondition() says what is wrong and what to write", () => {
  assert.deepEqual(
    [
      checkCondition({ operator: "EQUALS", property: "p", value: "a" }),
      checkCondition({ operator: "REGEX", property: "p", value: "😀(" }),
      checkCondition({ operator: "MODULO", property: "p", value: "0|0" }),
      checkCondition({ operator: "EQUAL", property: null, value: "a" }),
      checkCondition({ operator: "IN", property: "p", value: "x, y" }),
    ],
    [
      {
        code: "FP114",
        field: "operator",
        message: 'Operator "EQUALS" does not exist',
        hint: 'Did you mean "EQUAL"?',
      },
      {
        code: "FP114",
        field: "value",
        message: "Python cannot compile the regular expression: parenthesis is not closed (at character 2)",
        hint: "Flagsmith would answer with an error 500 for every identity that has the trait",
      },
      { code: "FP114", field: "value", message: "The divisor of MODULO must not be 0" },
      {
        code: "FP151",
        field: "property",
        message: "Operator EQUAL asks for a trait without a name, which no identity has",
      },
      {
        code: "FP151",
        field: "value",
        message: "Spaces beside the commas of IN belong to the items",
        hint: "Write the items without spaces around the commas; a JSON array keeps spaces that are meant",
      },
    ],
  );
});

Deno.test("checkCondition() repeats nothing of a value that is secret", () => {
  assert.deepEqual(
    checkCondition({ operator: "REGEX", property: "p", value: "(?P=hunter2)", secret: true }),
    {
      code: "FP114",
      field: "value",
      message: "Python cannot compile the regular expression",
      hint: "Flagsmith would answer with an error 500 for every identity that has the trait",
    },
  );
});

Deno.test("isSemver() follows semantic versioning 2.0.0", () => {
  const valid = [
    "0.0.0",
    "1.2.3",
    "1.2.3-alpha.1",
    "1.2.3-0a",
    "1.2.3+build.007",
    "1.2.3-rc+exp.sha",
    "10.20.30",
  ];
  const invalid = ["1.2", "1.2.3.4", "01.2.3", "1.2.3-01", "v1.2.3", "1.2.3-", "1.2.3+", " 1.2.3", "1.2.x"];
  assert.deepEqual([valid.filter((v) => !isSemver(v)), invalid.filter(isSemver)], [[], []]);
});

Deno.test("canonicalValue() drops what IS_SET and IS_NOT_SET never look at", () => {
  assert.deepEqual(
    OPERATORS.filter((operator) => canonicalValue(operator, "None") === null),
    ["IS_SET", "IS_NOT_SET"],
  );
});
