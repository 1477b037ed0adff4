/** Leaves whose YAML type matters: booleans, numbers, values of features and traits. */
import type * as z from "zod";
import { type TraitValue, traitValue } from "../flagsmith/feature_value.ts";
import type { ScalarNode } from "../source/node.ts";
import { checkText, emptyHint, leaf, refuse } from "./leaf.ts";

/** A boolean; an interpolated `true` or `false` counts, quoted or not. */
export function bool(doc?: string): z.ZodType<boolean> {
  return leaf(
    { type: "boolean", doc, json: { type: "boolean" } },
    (scalar) => {
      if (typeof scalar.value === "boolean") return scalar.value;
      if (scalar.mocked) return false;
      if (scalar.interpolated) {
        const lower = scalar.text.trim().toLowerCase();
        if (lower === "true") return true;
        if (lower === "false") return false;
        if (lower === "") refuse("FP108", "{field} is empty; it takes true or false", emptyHint(scalar));
      }
      const word = scalar.text.toLowerCase();
      const hint = scalar.secret
        ? undefined
        : ["yes", "on", "y"].includes(word)
        ? "YAML 1.2 reads this as text; write true"
        : ["no", "off", "n"].includes(word)
        ? "YAML 1.2 reads this as text; write false"
        : scalar.text === "1" || scalar.text === "0"
        ? `Write ${scalar.text === "1"}`
        : ["true", "false"].includes(word)
        ? "Remove the quotes"
        : undefined;
      refuse("FP104", "{field} takes true or false", hint);
    },
  );
}

function readNumber(scalar: ScalarNode, what: string): number | bigint {
  if (typeof scalar.value === "number" || typeof scalar.value === "bigint") return scalar.value;
  if (scalar.mocked) return 0;
  if (scalar.interpolated) {
    const trimmed = scalar.text.trim();
    if (trimmed === "") refuse("FP108", `{field} is empty; it takes ${what}`, emptyHint(scalar));
    if (/^[-+]?[0-9]+$/.test(trimmed)) return BigInt(trimmed.replace(/^\+/, ""));
    if (/^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/.test(trimmed)) return Number(trimmed);
  }
  const quoted = scalar.style !== "plain" && /^[-+]?[0-9.]+$/.test(scalar.text);
  const percent = !scalar.secret && /^[0-9.]+ ?%$/.test(scalar.text);
  refuse(
    "FP104",
    `{field} takes ${what}`,
    quoted ? "Remove the quotes" : percent ? "Leave out the percent sign" : undefined,
  );
}

/** Bounds of a number, both included. */
export interface Range {
  /** What is said of a number that Flagsmith stores though nobody means it. */
  readonly unmeant?: (value: number) => string | undefined;
  readonly min: number;
  readonly max: number;
  readonly doc?: string | undefined;
}

/** The largest value of PostgreSQL's `integer`. */
export const INT32_MAX = 2147483647;

/** The lowest. */
export const INT32_MIN = -2147483648;

/**
 * The range of a limit or a count of days in a column of 32 bits. Flagsmith stores negative numbers there and treats them as
 * it treats 0.
 */
export function limit(doc?: string): Range {
  return { min: INT32_MIN, max: INT32_MAX, doc, unmeant: belowZero };
}

/** What is said of a negative number where it means the same as 0. */
export function belowZero(value: number): string | undefined {
  return value < 0 ? "is below 0, which Flagsmith stores and treats as 0" : undefined;
}

/** A whole number within bounds. */
export function integer(range: Range): z.ZodType<number> {
  const json = { type: "integer", minimum: range.min, maximum: range.max };
  const unmeant = ({ value, text }: ScalarNode) => {
    const message = range.unmeant?.(Number(typeof value === "string" ? text : value));
    return message === undefined ? undefined : { message };
  };
  return leaf(
    { type: "integer", doc: range.doc, json, ...(range.unmeant === undefined ? {} : { unmeant }) },
    (scalar) => {
      const read = readNumber(scalar, "a whole number");
      if (scalar.mocked) return Math.max(range.min, 0);
      if (typeof read === "number" && !Number.isInteger(read)) {
        refuse(
          "FP104",
          "{field} takes a whole number",
        );
      }
      if (read < range.min || read > range.max) {
        refuse("FP107", `{field} must be from ${range.min} to ${range.max}`);
      }
      return Number(read);
    },
  );
}

/** A number within bounds. */
export function decimal(range: Range): z.ZodType<number> {
  const json = { type: "number", minimum: range.min, maximum: range.max };
  return leaf({ type: "number", doc: range.doc, json }, (scalar) => {
    const read = Number(readNumber(scalar, "a number"));
    if (!(read >= range.min && read <= range.max)) {
      refuse("FP107", `{field} must be from ${range.min} to ${range.max}`);
    }
    return read;
  });
}

/**
 * The largest size that Flagsmith's settings can give to feature values and condition values
 * (`docs/flagsmith/tables.md#sizes`). What a database really takes is checked against its live columns.
 */
export const LARGEST_VALUE = 2_000_000;

/** A value whose type matters: boolean, whole number, text, or none (`docs/format.md#values`). */
export type FeatureValue = string | number | boolean | null;

/** The value of a trait: text, whole number, number with a fraction, or boolean, told by its YAML type. */
export function traitValueField(doc?: string): z.ZodType<TraitValue> {
  const json = { type: ["string", "number", "boolean"] };
  return leaf({ type: "text, number or boolean", doc, json, published: true }, (scalar) => {
    if (scalar.value === null) refuse("FP108", "{field} is null; a trait has a value");
    if (typeof scalar.value === "string") checkText(scalar, scalar.text, 2000);
    const value = traitValue(scalar.value, scalar.text);
    if (value === undefined) {
      refuse("FP107", "{field} does not fit a 32-bit integer", "Put it in quotes to store it as text");
    }
    return value;
  });
}

/** The value of a feature in one place, typed by its YAML type; integers must fit 32 bits. */
export function featureValue(doc?: string): z.ZodType<FeatureValue> {
  const json = { type: ["string", "integer", "boolean", "null"], maxLength: LARGEST_VALUE };
  return leaf({ type: "text, integer, boolean or null", doc, json, published: true }, (scalar) => {
    const { value } = scalar;
    if (value === null) return null;
    if (typeof value === "boolean") return value;
    if (
      typeof value === "bigint" ||
      (typeof value === "number" && Number.isInteger(value) && /^[-+]?[0-9]+$/.test(scalar.text))
    ) {
      if (value > INT32_MAX || value < -INT32_MAX - 1) {
        refuse("FP107", "{field} does not fit a 32-bit integer", "Put it in quotes to store it as text");
      }
      return Number(value);
    }
    checkText(scalar, scalar.text, LARGEST_VALUE);
    return scalar.text;
  });
}
