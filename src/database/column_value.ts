/** Values from outside for columns of any type: checked before PostgreSQL sees them, and as text that it reads. Pure. */
import { lookup } from "../diagnostics/lookup.ts";
import { arrayText } from "./render.ts";

/** A value as text that PostgreSQL reads, or what is wrong with it, as the end of a sentence: `takes true or false`. */
export type ColumnValue =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "wrong"; readonly problem: string };

/** A type without its length, and what is in the parentheses. */
interface TypeParts {
  readonly base: string;
  readonly limits: readonly number[];
  readonly isArray: boolean;
}

const good = (text: string): ColumnValue => ({ kind: "text", text });
const wrong = (problem: string): ColumnValue => ({ kind: "wrong", problem });

/** Splits what `format_type` prints: `character varying(20)[]`, `timestamp(3) with time zone`. */
function partsOf(type: string): TypeParts {
  const isArray = type.endsWith("[]");
  const element = isArray ? type.slice(0, -2) : type;
  const [, before = element, limits = "", after = ""] = /^([^(]*)\(([^)]*)\)(.*)$/.exec(element) ?? [];
  return {
    base: `${before}${after}`,
    limits: limits === "" ? [] : limits.split(",").map(Number),
    isArray,
  };
}

/**
 * The name of a type to cast to: without a length `character` and `bit` mean a length of one, and a cast would cut the
 * value. `type` is what `format_type` prints without a length.
 */
export function castType(type: string): string {
  return type.replace(/^character(?=$|\[)/, "bpchar").replace(/^bit(?=$|\[)/, '"bit"');
}

const INTEGERS: Readonly<Record<string, bigint>> = lookup({
  smallint: 2n ** 15n,
  integer: 2n ** 31n,
  bigint: 2n ** 63n,
});

/** Words that PostgreSQL reads as a boolean. */
const BOOLEANS: Readonly<Record<string, string>> = lookup({
  ...Object.fromEntries(["true", "t", "yes", "on", "1"].map((word) => [word, "true"])),
  ...Object.fromEntries(["false", "f", "no", "off", "0"].map((word) => [word, "false"])),
});

/** True for types whose values are texts of any content. */
function isText(base: string): boolean {
  return ["text", "character varying", "character", "citext", "name"].includes(base);
}

/** Checks a text, as an option has it. Types without a rule of their own are left to the server. */
export function columnText(text: string, type: string): ColumnValue {
  const { base, limits, isArray } = partsOf(type);
  if (text.includes("\0")) return wrong("takes no NUL character");
  if (isArray) return arrayOf(text, type.slice(0, -2));
  if (base in INTEGERS) return integer(text, base);
  if (isText(base)) return sized(text, limits[0]);
  switch (base) {
    case "boolean": {
      const word = BOOLEANS[text.toLowerCase()];
      return word === undefined ? wrong("takes true or false") : good(word);
    }
    case "numeric":
      return numeric(text, limits);
    case "real":
    case "double precision":
      return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text))
        ? good(text)
        : wrong("takes a number");
    case "json":
    case "jsonb":
      return json(text);
    case "uuid":
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
        ? good(text.toLowerCase())
        : wrong("takes a uuid such as 6f1f2b4c-3f0e-4c39-9d2a-0f6c2f0b7a11");
    case "date":
      return /^\d{4}-\d\d-\d\d$/.test(text) && isTime(text) ? good(text) : wrong("takes a date: 2026-01-31");
    case "timestamp with time zone":
      // Without an offset it would mean whatever the session's zone is.
      return isTime(text)
        ? good(hasOffset(text) || !text.includes(":") ? text : `${text}Z`)
        : wrong("takes a time: 2026-01-31T12:00:00Z");
    case "timestamp without time zone":
      return isTime(text) && !hasOffset(text)
        ? good(text)
        : wrong("takes a time without an offset: 2026-01-31T12:00:00");
  }
  return good(text);
}

/** Checks a JSON value, as a file has it: its type must fit, too. */
export function columnJson(value: unknown, type: string): ColumnValue {
  const { base, isArray } = partsOf(type);
  if (!isArray && /^jsonb?$/.test(base)) return json(JSON.stringify(value));
  if (isArray) {
    return Array.isArray(value)
      ? arrayOf(JSON.stringify(value), type.slice(0, -2))
      : wrong(`takes a list, not ${named(value)}`);
  }
  if (base === "boolean") {
    return typeof value === "boolean"
      ? good(String(value))
      : wrong(`takes true or false, not ${named(value)}`);
  }
  const isNumber = typeof value === "number";
  if (isNumber && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return wrong("takes numbers beyond 2^53 only as text");
  }
  const numbers = base in INTEGERS || ["numeric", "real", "double precision"].includes(base);
  if (numbers ? !isNumber && typeof value !== "string" : typeof value !== "string") {
    return wrong(`takes ${numbers ? "a number" : "text"}, not ${named(value)}`);
  }
  return columnText(String(value), type);
}

function named(value: unknown): string {
  return value === null
    ? "null"
    : Array.isArray(value)
    ? "a list"
    : typeof value === "object"
    ? "an object"
    : `a ${typeof value}`;
}

function integer(text: string, base: string): ColumnValue {
  const limit = INTEGERS[base] ?? 0n;
  if (/^[-+]?\d{1,40}$/.test(text)) {
    const value = BigInt(text.replace(/^\+/, ""));
    if (value >= -limit && value < limit) return good(String(value));
  }
  return wrong(`takes a whole number from ${-limit} to ${limit - 1n}`);
}

function sized(text: string, limit: number | undefined): ColumnValue {
  return limit !== undefined && [...text].length > limit
    ? wrong(`takes ${limit} characters at most`)
    : good(text);
}

/** A `numeric`: what is left before the point must fit after the scale was rounded to. */
function numeric(text: string, [precision, scale = 0]: readonly number[]): ColumnValue {
  const [, sign = "", whole = "", fraction = ""] = /^([-+]?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (whole + fraction === "") return wrong("takes a number");
  if (precision === undefined) return good(text);
  const digits = BigInt(whole + fraction.padEnd(scale, "0").slice(0, scale)) +
    BigInt((fraction[scale] ?? "0") >= "5" ? 1 : 0);
  return digits < 10n ** BigInt(precision)
    ? good(`${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`)
    : wrong(`takes a number of ${precision - scale} digits before the point at most`);
}

function json(text: string): ColumnValue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong("takes JSON");
  }
  // Rows are sent as documents, in which it means that there is no value.
  if (value === null) return wrong("takes JSON other than null");
  // PostgreSQL cannot keep this character, however it is written.
  return /(^|[^\\])(\\\\)*\\u0000/.test(text) ? wrong("takes no NUL character") : good(text);
}

/** A list: JSON, or the form that PostgreSQL prints when nothing in it is quoted. */
function arrayOf(text: string, element: string): ColumnValue {
  const trimmed = text.trim();
  const bare = /^\{([^{}"\\]*)\}$/.exec(trimmed)?.[1];
  let list: unknown;
  try {
    list = bare === undefined
      ? JSON.parse(trimmed)
      : bare.trim() === ""
      ? []
      : bare.split(",").map((part) => (/^null$/i.test(part.trim()) ? null : part.trim()));
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list)) return wrong('takes a list: ["a", "b"] or {a,b}');
  const elements: (string | null)[] = [];
  for (const value of list) {
    const checked = value === null
      ? undefined
      : bare === undefined
      ? columnJson(value, element)
      : columnText(String(value), element);
    if (checked?.kind === "wrong") {
      return wrong(`holds elements of ${element}; an element ${checked.problem}`);
    }
    elements.push(checked?.text ?? null);
  }
  return good(arrayText(elements));
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)([T ](\d\d):(\d\d)(:(\d\d)(\.\d{1,6})?)?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?)?$/i;

/** True for a time of the calendar, as ISO 8601 writes it: no 31st of February. */
export function isTime(text: string): boolean {
  const match = TIME.exec(text);
  if (match === null) return false;
  const number = (at: number): number => Number(match[at] ?? 0);
  const date = new Date(Date.UTC(number(1), number(2) - 1, number(3)));
  return number(1) > 0 && date.getUTCMonth() === number(2) - 1 && date.getUTCDate() === number(3) &&
    number(5) < 24 &&
    number(6) < 60 && number(8) < 60;
}

function hasOffset(text: string): boolean {
  return TIME.exec(text)?.[10] !== undefined;
}
