/** Numbers as Python reads and prints them, because Flagsmith types values with Python's `int()` and `float()`. */

/**
 * What `int()` and `float()` drop at both ends. Unlike `str.strip()` they keep the separators U+001C to U+001F, which
 * then make the text no number.
 */
const EDGE = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*";
const DIGITS = "\\p{Nd}(?:_?\\p{Nd})*";
const INTEGER = new RegExp(`^${EDGE}([+-]?)(${DIGITS})${EDGE}$`, "u");
const FLOAT = new RegExp(
  `^${EDGE}([+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:[eE][+-]?${DIGITS})?)${EDGE}$`,
  "u",
);
const NOT_FINITE = new RegExp(`^${EDGE}([+-]?)(inf|infinity|nan)${EDGE}$`, "i");

/** More digits than this make `int()` refuse the text (CPython's default guard against slow conversions). */
const MAX_DIGITS = 4300;

/**
 * The number that Python's `int(text)` gives, or undefined where it raises: surrounding whitespace, a sign, underscores
 * between digits, leading zeros and the decimal digits of any script are accepted.
 */
export function pythonInt(text: string): bigint | undefined {
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const digits = asciiDigits(match[2] ?? "").replaceAll("_", "");
  if (digits.length > MAX_DIGITS) return undefined;
  return match[1] === "-" ? -BigInt(digits) : BigInt(digits);
}

/** The number that Python's `float(text)` gives (`inf` and `nan` included), or undefined where it raises. */
export function pythonFloat(text: string): number | undefined {
  const word = NOT_FINITE.exec(text);
  if (word !== null) {
    if (word[2]?.toLowerCase() === "nan") return NaN;
    return word[1] === "-" ? -Infinity : Infinity;
  }
  const match = FLOAT.exec(text);
  return match === null ? undefined : Number(asciiDigits(match[1] ?? "").replaceAll("_", ""));
}

/** A float as Python's `str()` prints it: `1.0`, `1e+16`, `1e-05`, `inf`. */
export function pythonFloatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (Object.is(value, -0)) return "-0.0";
  if (value === 0) return "0.0";
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) {
    const sign = value < 0 ? "-" : "";
    return `${sign}0.${"0".repeat(-exponent - 1)}${mantissa.replace(/[-.]/g, "")}`;
  }
  const plain = String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

/** Writes the decimal digits of every script as `0` to `9`. */
function asciiDigits(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (digit) => {
    // Unicode assigns decimal digits in runs of ten, so the distance to the beginning of the run gives the value.
    const code = digit.codePointAt(0) ?? 0;
    let start = code;
    while (/^\p{Nd}$/u.test(String.fromCodePoint(start - 1))) start--;
    return String((code - start) % 10);
  });
}
