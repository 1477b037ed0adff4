import assert from "node:assert/strict";
import { ProvisionError } from "../diagnostics/error.ts";
import { apiLimits } from "./api_limits.ts";

const limits = (variables: Readonly<Record<string, string>>) => {
  const { featureValue, conditionValue, conditions } = apiLimits((name) => variables[name]);
  return [featureValue.most, conditionValue.most, conditions.most];
};

Deno.test("apiLimits() takes the API's variables, else its defaults", () => {
  assert.deepEqual(limits({}), [20000, 1000, 100]);
  assert.deepEqual(limits({ FEATURE_VALUE_LIMIT: "", SEGMENT_RULES_CONDITIONS_LIMIT: "" }), [
    20000,
    1000,
    100,
  ]);
  assert.deepEqual(
    limits({
      FEATURE_VALUE_LIMIT: "2_000_000",
      SEGMENT_CONDITION_VALUE_LIMIT: " 1999999\n",
      SEGMENT_RULES_CONDITIONS_LIMIT: "500",
    }),
    [2000000, 1999999, 500],
  );
});

Deno.test("apiLimits() refuses what the API's settings refuse", () => {
  for (
    const [name, value] of [
      ["FEATURE_VALUE_LIMIT", "2000001"],
      ["SEGMENT_CONDITION_VALUE_LIMIT", "2000000"],
      ["SEGMENT_CONDITION_VALUE_LIMIT", "-1"],
      ["SEGMENT_RULES_CONDITIONS_LIMIT", "many"],
    ] as const
  ) {
    assert.throws(
      () => limits({ [name]: value }),
      (error) => error instanceof ProvisionError && error.code === "FP513" && error.message.startsWith(name),
    );
  }
});
