/** How YAML 1.2 types a plain scalar (its core schema: https://yaml.org/spec/1.2.2/#103-core-schema). */

const NULL = /^(?:~|null|Null|NULL)?$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const DECIMAL = /^[-+]?[0-9]+$/;
const BASED = /^0(?:o[0-7]+|x[0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INFINITY = /^[-+]?\.(?:inf|Inf|INF)$/;
const NAN = /^\.(?:nan|NaN|NAN)$/;

/** Characters that a typed scalar can begin with; anything else is text, which is by far the commonest case. */
const TYPED_START = /^[-+.~0-9nNtTfF]/;

/** Longer runs of digits stay text: no field takes them, and reading them takes time that grows with their square. */
const MAX_DIGITS = 400;

/**
 * The value of a plain scalar: null, boolean, number, or the text itself. Whole numbers beyond the safe range of a double
 * become a bigint. `yes`, `0b1` and `1_000` are text, as YAML 1.2 has it.
 */
export function plainValue(text: string): string | number | bigint | boolean | null {
  if (text !== "" && !TYPED_START.test(text)) return text;
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (text.length > MAX_DIGITS) return text;
  if (DECIMAL.test(text)) {
    return whole(
      Number(text),
      () => text[0] === "-" ? -BigInt(text.slice(1)) : BigInt(text.replace("+", "")),
    );
  }
  if (BASED.test(text)) return whole(Number(text), () => BigInt(text));
  if (FLOAT.test(text)) return Number(text);
  if (INFINITY.test(text)) return text[0] === "-" ? -Infinity : Infinity;
  if (NAN.test(text)) return NaN;
  return text;
}

function whole(value: number, exact: () => bigint): number | bigint {
  return Number.isSafeInteger(value) ? value : exact();
}
