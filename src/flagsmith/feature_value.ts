/** How Flagsmith types the values of flags and traits: one type and one filled column each. */
import { pythonFloatText, pythonInt } from "./python/number.ts";

/**
 * The typed columns of a feature state value or a multivariate option,
 * `docs/flagsmith/features-and-states.md#typing-of-values`.
 */
export interface TypedValue {
  readonly type: "int" | "bool" | "unicode";
  readonly boolean_value: boolean | null;
  readonly integer_value: number | null;
  readonly string_value: string | null;
}

/** The typed columns of a trait, `docs/flagsmith/identities.md#identities-and-traits`. */
export interface TraitValue {
  readonly value_type: "unicode" | "int" | "bool" | "float";
  readonly boolean_value: boolean | null;
  readonly integer_value: number | null;
  readonly string_value: string | null;
  readonly float_value: number | null;
}

/** A scalar as YAML or JSON types it. */
export type DeclaredValue = string | number | bigint | boolean | null;

/** Flagsmith's typing keeps this number and everything beyond as text (features/utils.py). */
const INITIAL_VALUE_LIMIT = 2147483647n;

/**
 * Types the text of a feature's `initial_value` (or of an option given as text),
 * `docs/flagsmith/features-and-states.md#typing-of-values`: what Python's `int()` reads below 2147483647 in absolute
 * value is an integer, exactly `true`, `True`, `false` or `False` a boolean, all else a string; null is a string
 * without a value.
 */
export function typeInitialValue(text: string | null): TypedValue {
  if (text === null) return unicode(null);
  const integer = pythonInt(text);
  if (integer !== undefined && -INITIAL_VALUE_LIMIT < integer && integer < INITIAL_VALUE_LIMIT) {
    return int(Number(integer));
  }
  if (text === "true" || text === "True") return bool(true);
  if (text === "false" || text === "False") return bool(false);
  return unicode(text);
}

/**
 * Types a value by its YAML type, as Flagsmith types an untyped JSON value
 * (`docs/flagsmith/features-and-states.md#typing-of-values`): integer, boolean, and a string for everything else.
 * `text` is the source text of a plain scalar: it tells `1.0` from `1` and is what is stored for a float. Undefined
 * when an integer does not fit 32 bits.
 */
export function typeDeclaredValue(value: DeclaredValue, text?: string): TypedValue | undefined {
  if (value === null) return unicode(null);
  if (typeof value === "boolean") return bool(value);
  if (typeof value === "string") return unicode(value);
  if (isFloat(value, text)) return unicode(text ?? pythonFloatText(Number(value)));
  return fitsInt32(value) ? int(Number(value)) : undefined;
}

/**
 * Types a trait by its YAML type; `text` as in `typeDeclaredValue()`. Undefined for null, for an integer that does not fit
 * 32 bits and for a float that is not finite.
 */
export function traitValue(value: DeclaredValue, text?: string): TraitValue | undefined {
  const empty = { boolean_value: null, integer_value: null, string_value: null, float_value: null };
  if (value === null) return undefined;
  if (typeof value === "boolean") return { value_type: "bool", ...empty, boolean_value: value };
  if (typeof value === "string") return { value_type: "unicode", ...empty, string_value: value };
  if (isFloat(value, text)) {
    const float = Number(value);
    return Number.isFinite(float) ? { value_type: "float", ...empty, float_value: float } : undefined;
  }
  return fitsInt32(value) ? { value_type: "int", ...empty, integer_value: Number(value) + 0 } : undefined;
}

/** True when `value` is an integer that fits PostgreSQL's `integer`. */
export function fitsInt32(value: number | bigint): boolean {
  return (typeof value === "bigint" || Number.isInteger(value)) && -2147483648 <= value &&
    value <= 2147483647;
}

/** YAML's core schema makes a float of everything with a point or an exponent, even when the number is whole. */
function isFloat(value: number | bigint, text: string | undefined): boolean {
  if (typeof value === "bigint") return false;
  if (!Number.isInteger(value)) return true;
  return text !== undefined && /^[-+]?[\d.]+(?:[eE][-+]?\d+)?$/.test(text) && /[.eE]/.test(text);
}

// -0 is written as 0, as everything that stores an integer does.
const int = (value: number): TypedValue => ({
  type: "int",
  boolean_value: null,
  integer_value: value + 0,
  string_value: null,
});
const bool = (value: boolean): TypedValue => ({
  type: "bool",
  boolean_value: value,
  integer_value: null,
  string_value: null,
});
const unicode = (value: string | null): TypedValue => ({
  type: "unicode",
  boolean_value: null,
  integer_value: null,
  string_value: value,
});
