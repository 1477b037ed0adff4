/** Segment conditions: which values fit which operators, `docs/flagsmith/segments.md#conditions`. */
import { didYouMean } from "../diagnostics/suggest.ts";
import { pythonFloat } from "./python/number.ts";
import { checkPythonRegex, namesCharacters } from "./python/regex.ts";

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

/** The operators that look at the trait alone. Whatever is stored beside them means nothing: the API itself stores `None`. */
const WITHOUT_VALUE: ReadonlySet<string> = new Set<Operator>(["IS_SET", "IS_NOT_SET"]);

/** What the API stores in the table where a request gives no value: Python's word for nothing, as text. */
const NO_VALUE = "None";

/**
 * The value of a condition in the form that hash, comparison and export share: NULL where the operator takes none, and one
 * form for a missing value, which the API reads as a word (`docs/flagsmith/segments.md#conditions`).
 */
export function canonicalValue(operator: string, value: string | null): string | null {
  return WITHOUT_VALUE.has(operator) ? null : value ?? NO_VALUE;
}

/**
 * The value of a condition as its row holds it: the engine and the SDKs fail on NULL where they need a text, so that what is
 * missing is stored as the API stores it.
 */
export function rowValue(operator: string, value: string | null): string | null {
  return WITHOUT_VALUE.has(operator) ? value : value ?? NO_VALUE;
}

/**
 * The first problem of a condition, or undefined. The engine is the judge: FP114 is what makes it raise an exception, so
 * that the API answers with an error 500; what it evaluates but can never match, or matches in another way than it seems, is
 * FP151. The length of the value is not checked.
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
  return checkValue(known, value ?? null, secret) ?? checkProperty(known, property ?? "");
}

function checkProperty(operator: Operator, property: string): ConditionProblem | undefined {
  if (operator === "PERCENTAGE_SPLIT" || property.trim() !== "") return undefined;
  return {
    code: "FP151",
    field: "property",
    message: `Operator ${operator} asks for a trait without a name, which no identity has`,
  };
}

/** True for a version `X.Y.Z` as semantic versioning 2.0.0 defines it, without the suffix `:semver`. */
export function isSemver(text: string): boolean {
  return SEMVER.test(text);
}

function checkValue(operator: Operator, value: string | null, secret: boolean): ConditionProblem | undefined {
  if (value === null) return checkMissing(operator);
  switch (operator) {
    case "IS_SET":
    case "IS_NOT_SET":
      return undefined;
    case "PERCENTAGE_SPLIT":
      return checkPercentage(pythonFloat(value));
    case "MODULO":
      return checkModulo(value);
    case "REGEX":
      return checkRegex(value, secret);
    case "IN":
      return checkList(value);
    case "EQUAL":
    case "NOT_EQUAL":
      return checkVersion(operator, value);
    case "CONTAINS":
      return undefined;
    case "NOT_CONTAINS":
      return value === ""
        ? unlikely("Every text contains the empty one, so NOT_CONTAINS never matches")
        : undefined;
    case "GREATER_THAN":
    case "GREATER_THAN_INCLUSIVE":
    case "LESS_THAN":
    case "LESS_THAN_INCLUSIVE":
      if (value.endsWith(SEMVER_SUFFIX)) return checkVersion(operator, value);
      return inRange(pythonFloat(value), -Number.MAX_VALUE, Number.MAX_VALUE) ? undefined : unlikely(
        `The value of ${operator} is not a number, so it is compared as text, and a trait that is a number never matches`,
        "Texts compare by their letters, as 2024-01-31 does; a version has the suffix :semver, such as 1.2.3:semver",
      );
  }
}

/** A value that is missing is the word `None`. */
function checkMissing(operator: Operator): ConditionProblem | undefined {
  if (WITHOUT_VALUE.has(operator)) return undefined;
  return operator === "PERCENTAGE_SPLIT" || operator === "MODULO"
    ? unlikely(`Operator ${operator} has no value, so it never matches`)
    : unlikely(
      `Operator ${operator} has no value, so Flagsmith compares with the word ${NO_VALUE}`,
      "Write value: '' to compare with the empty text",
    );
}

function checkPercentage(share: number | undefined): ConditionProblem | undefined {
  if (share === undefined || Number.isNaN(share)) {
    return unlikely(
      "The value of PERCENTAGE_SPLIT is not a number, so it never matches",
      "Write a number from 0 to 100",
    );
  }
  if (share < 0) return unlikely("PERCENTAGE_SPLIT below 0 never matches");
  return share > 100 ? unlikely("PERCENTAGE_SPLIT above 100 always matches") : undefined;
}

function checkModulo(value: string): ConditionProblem | undefined {
  const [divisor, remainder, ...more] = value.split("|").map(pythonFloat);
  if (more.length > 0 || divisor === undefined || remainder === undefined) {
    return unlikely(
      "The value of MODULO is not divisor|remainder in numbers, so it never matches",
      "For every fourth user write 4|0",
    );
  }
  // The engine divides by it: zero is an error 500 for every identity whose trait is a number.
  if (divisor === 0) return wrong("The divisor of MODULO must not be 0");
  // The remainder of Python has the sign of the divisor, and is nearer to 0.
  const possible = divisor > 0
    ? remainder >= 0 && remainder < divisor
    : remainder <= 0 && remainder > divisor;
  return possible ? undefined : unlikely("No number leaves that remainder, so MODULO never matches");
}

function checkRegex(value: string, secret: boolean): ConditionProblem | undefined {
  const check = checkPythonRegex(value);
  if (check.ok) {
    return namesCharacters(value)
      ? unlikely(
        "The regular expression names a character (\\N{…}), and that there is one of this name is not checked",
        "Flagsmith answers with an error 500 when there is none; write the character itself, or \\uXXXX",
      )
      : undefined;
  }
  const character = [...value.slice(0, check.at)].length + 1;
  const detail = secret ? "" : `: ${lowerFirst(check.problem)} (at character ${character})`;
  return wrong(
    `Python cannot compile the regular expression${detail}`,
    "Flagsmith would answer with an error 500 for every identity that has the trait",
  );
}

function checkList(value: string): ConditionProblem | undefined {
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
  return unlikely(
    `The value of ${operator} ends with ${SEMVER_SUFFIX} and is not a version`,
    `A version is X.Y.Z${SEMVER_SUFFIX}`,
  );
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
