/** Limits that whoever runs Flagsmith can raise by variables of the API, which are read here, too. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { pythonInt } from "./python/number.ts";

/** A limit, and what a message says of where it comes from. */
export interface Limit {
  readonly most: number;
  readonly hint: string;
}

/** The limits of the API (`docs/flagsmith/tables.md#sizes`, `docs/flagsmith/segments.md#rows-of-a-segment`). */
export interface ApiLimits {
  /** Characters of a feature value. */
  readonly featureValue: Limit;
  /** Characters of the value of a condition. */
  readonly conditionValue: Limit;
  /** Conditions of one segment. */
  readonly conditions: Limit;
}

/**
 * The limits by the API's own variables, else its defaults; an empty variable is none. Throws FP513 for a value that is
 * not a number of the range that the API's settings take.
 */
export function apiLimits(env: (name: string) => string | undefined): ApiLimits {
  const limit = (name: string, usual: number, largest: number): Limit => {
    const given = env(name) ?? "";
    if (given === "") {
      return { most: usual, hint: `The default; ${name}, as the API has it, raises the limit` };
    }
    const most = pythonInt(given);
    if (most === undefined || most < 0n || most > BigInt(largest)) {
      throw new ProvisionError(
        "FP513",
        EXIT.usage,
        `${name} is not a whole number from 0 to ${largest}`,
        "Give it the value that the API has, or unset it",
      );
    }
    return { most: Number(most), hint: `${name} says so; it should be what the API has` };
  };
  return {
    featureValue: limit("FEATURE_VALUE_LIMIT", 20_000, 2_000_000),
    conditionValue: limit("SEGMENT_CONDITION_VALUE_LIMIT", 1000, 1_999_999),
    conditions: limit("SEGMENT_RULES_CONDITIONS_LIMIT", 100, 2 ** 31 - 1),
  };
}
