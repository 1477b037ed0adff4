/** Segment conditions: which values fit which operators, `contract.md` 4.6. */
import { didYouMean } from "../diagnostics/suggest.ts";
import { pythonFloat } from "./python/number.ts";
import { checkPythonRegex } from "./python/regex.ts";

/** The operators that Flagsmith evaluates; any other one makes the API answer with an error 500. */
export const OPERATORS = [
  "EQUAL",
  "NOT_EQUAL",
  "GREATER_THAN",
  "GREATER_THAN_INCLUSIVE",
  "LESS_THAN",
  "LESS_THAN_INCLUSIVE",
  "CONTAINS",
  "NOT_CONTAINS",
  "REGEX",
  "PERCENTAGE_SPLIT",
  "MODULO",
  "IS_SET",
  "IS_NOT_SET",
  "IN",
] as const;

/** An operator that Flagsmith evaluates. */
export type Operator = typeof OPERATORS[number];

/** A condition as it will be stored; the value is text. */
export interface ConditionInput {
  readonly operator: string;
  readonly property: string | null | undefined;
  readonly value: string | null | undefined;
  /** True when the value must not be shown: no message then repeats a part of it. */
  readonly secret?: boolean;
}

/** What is wrong with a condition: FP114 is an error, FP151 a warning. */
export interface ConditionProblem {
  readonly code: "FP114" | "FP151";
  /** The field that the finding is about. */
  readonly field: "operator" | "property" | "value";
  readonly message: string;
  readonly hint?: string;
}

const SEMVER_SUFFIX = ":semver";
const SEMVER = new RegExp(
  "^(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)" +
    "(?:-(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*))*)?" +
    "(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$",
);

/**
 * The first problem of a condition, or undefined. Stricter than the API, which stores everything: what it could not
 * evaluate, or would never match, is refused as the dashboard refuses it. The length of the value is not checked.
 */
export function checkCondition(
  { operator, property, value, secret = false }: ConditionInput,
): ConditionProblem | undefined {
  const known = OPERATORS.find((name) => name === operator);
  if (known === undefined) {
    return {
      code: "FP114",
      field: "operator",
      message: `Operator "${operator}" does not exist`,
      hint: didYouMean(operator, OPERATORS) ?? `Operators are ${OPERATORS.join(", ")}`,
    };
  }
  if (known !== "PERCENTAGE_SPLIT" && (property ?? "").trim() === "") {
    return { code: "FP114", field: "property", message: `Operator ${known} needs a property` };
  }
  return checkValue(known, value ?? "", secret);
}

/** True for a version `X.Y.Z` as semantic versioning 2.0.0 defines it, without the suffix `:semver`. */
export function isSemver(text: string): boolean {
  return SEMVER.test(text);
}

function checkValue(operator: Operator, value: string, secret: boolean): ConditionProblem | undefined {
  switch (operator) {
    case "IS_SET":
    case "IS_NOT_SET":
      return value === "" ? undefined : wrong(`Operator ${operator} takes no value`, "Leave the value out");
    case "PERCENTAGE_SPLIT":
      return inRange(pythonFloat(value), 0, 100)
        ? undefined
        : wrong(`Operator ${operator} needs a number from 0 to 100`);
    case "MODULO":
      return checkModulo(value);
    case "REGEX":
      return checkRegex(value, secret);
    case "IN":
      return checkList(value);
    case "EQUAL":
    case "NOT_EQUAL":
      return checkVersion(operator, value) ?? notEmpty(operator, value);
    case "CONTAINS":
    case "NOT_CONTAINS":
      return notEmpty(operator, value);
    case "GREATER_THAN":
    case "GREATER_THAN_INCLUSIVE":
    case "LESS_THAN":
    case "LESS_THAN_INCLUSIVE":
      if (value.endsWith(SEMVER_SUFFIX)) return checkVersion(operator, value);
      return inRange(pythonFloat(value), -Number.MAX_VALUE, Number.MAX_VALUE) ? undefined : wrong(
        `Operator ${operator} needs a number or a version`,
        "Write a version with the suffix :semver, such as 1.2.3:semver",
      );
  }
}

function checkModulo(value: string): ConditionProblem | undefined {
  const [divisor, remainder, ...more] = value.split("|").map(pythonFloat);
  if (more.length > 0 || !inRange(divisor, 0, Number.MAX_VALUE) || !inRange(remainder, 0, Number.MAX_VALUE)) {
    return wrong("Operator MODULO needs two numbers, divisor|remainder", "For every fourth user write 4|0");
  }
  // The API divides by it: zero is an error 500 for every identity that has the trait.
  if (divisor === 0) return wrong("The divisor of MODULO must be greater than 0");
  if (remainder >= divisor) return unlikely("The remainder of MODULO is never as great as the divisor");
  return undefined;
}

function checkRegex(value: string, secret: boolean): ConditionProblem | undefined {
  if (value === "") return notEmpty("REGEX", value);
  const check = checkPythonRegex(value);
  if (check.ok) return undefined;
  const character = [...value.slice(0, check.at)].length + 1;
  const detail = secret ? "" : `: ${lowerFirst(check.problem)} (at character ${character})`;
  return wrong(
    `Python cannot compile the regular expression${detail}`,
    "Flagsmith would answer with an error 500 for every identity that has the trait",
  );
}

function checkList(value: string): ConditionProblem | undefined {
  if (value === "") return notEmpty("IN", value);
  if (value.startsWith("[")) {
    const list = parsedJson(value);
    if (!Array.isArray(list)) {
      return unlikely(
        "The value of IN begins with a bracket but is no JSON array, so it is split at its commas",
        'Write ["a","b"] or a,b',
      );
    }
    return list.length === 0 ? unlikely("The list of IN is empty") : undefined;
  }
  const isPadded = value.split(",").some((item) => item !== item.trim());
  return isPadded
    ? unlikely(
      "Spaces beside the commas of IN belong to the items",
      "Write the items without spaces around the commas; a JSON array keeps spaces that are meant",
    )
    : undefined;
}

function checkVersion(operator: Operator, value: string): ConditionProblem | undefined {
  if (!value.endsWith(SEMVER_SUFFIX) || isSemver(value.slice(0, -SEMVER_SUFFIX.length))) return undefined;
  return wrong(`Operator ${operator} needs a version X.Y.Z before ${SEMVER_SUFFIX}`);
}

function notEmpty(operator: Operator, value: string): ConditionProblem | undefined {
  return value === "" ? wrong(`Operator ${operator} needs a value`) : undefined;
}

function wrong(message: string, hint?: string): ConditionProblem {
  return { code: "FP114", field: "value", message, ...(hint === undefined ? {} : { hint }) };
}

function unlikely(message: string, hint?: string): ConditionProblem {
  return { code: "FP151", field: "value", message, ...(hint === undefined ? {} : { hint }) };
}

function inRange(value: number | undefined, low: number, high: number): value is number {
  return value !== undefined && low <= value && value <= high;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
