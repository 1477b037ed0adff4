/**
 * The leaf types of the format, as zod schemas over positioned nodes. zod checks the structure; a leaf reads a
 * `ScalarNode`, because what a field means depends on the source text, on quotes and on interpolation, which a plain
 * JavaScript value no longer tells (decision 0004).
 */
import { z } from "zod";
import type { Code } from "../diagnostics/codes.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { isEmail } from "../flagsmith/email.ts";
import { type TraitValue, traitValue } from "../flagsmith/feature_value.ts";
import { Secret } from "../source/secret.ts";
import type { ScalarNode } from "../source/node.ts";

/** What generated documents and the JSON Schema say about a field. */
export interface FieldDoc {
  /** `text`, `boolean`, …, as the tables of `docs/format.md` show it. */
  readonly type: string;
  /** One sentence. */
  readonly doc?: string;
  /** JSON Schema fragment for editors. */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** The problem that a leaf found; the place is the scalar's own unless zod's path says otherwise. */
export interface FieldIssue {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Stops reading a leaf; the message names the field with `{field}`. */
class Refused extends Error {
  readonly issue: FieldIssue;
  constructor(issue: FieldIssue) {
    super(issue.message);
    this.issue = issue;
  }
}

/** Reports a leaf's problem: `message` may contain `{field}`, which becomes the quoted name of the key. */
function refuse(code: Code, message: string, hint?: string): never {
  throw new Refused({ code, message, hint });
}

/** True for a positioned scalar. */
export function isScalar(input: unknown): input is ScalarNode {
  return typeof input === "object" && input !== null && "kind" in input && input.kind === "scalar" &&
    "style" in input;
}

/** Documentation by schema, for the generators; zod's own registry would keep only JSON Schema. */
export const fieldDocs = new WeakMap<z.ZodType, FieldDoc>();

/** How messages name the types of the tables. */
const WORDS: Readonly<Record<string, string>> = {
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  secret: "a secret text",
  "e-mail": "an e-mail address",
  timestamp: "a time",
  "variable name": "the name of a variable",
  "position or key": "the position or key of an option",
  "text, number or boolean": "text, a number, true or false",
  "text, integer or boolean": "text, a whole number, true or false",
};

/** What a field takes, as messages say it: the words of a choice without the marks of the tables. */
function takes({ type }: FieldDoc): string {
  return WORDS[type] ?? type.replaceAll("`", "").replace(/, ([^,]*)$/, " or $1");
}

/** The cure for a value in place of a list. */
export const BEGIN_ITEMS = 'Begin each item with "- "';

function leaf<T>(doc: FieldDoc, read: (scalar: ScalarNode) => T): z.ZodType<T> {
  const schema = z.unknown().transform((input, context): T => {
    try {
      if (input === undefined) refuse("FP103", "{field} is required");
      if (!isScalar(input)) {
        refuse(
          "FP104",
          `{field} takes ${takes(doc)}, not ${Array.isArray(input) ? "a list" : "a mapping"}`,
        );
      }
      if (input.reference === true) {
        refuse(
          "FP014",
          "Tag !ref does not fit {field}",
          "It stands for a primary key in key and set of rows",
        );
      }
      return read(input);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      context.addIssue({ code: "custom", message: error.issue.message, params: { ...error.issue } });
      return z.NEVER;
    }
  });
  fieldDocs.set(schema, doc);
  return schema;
}

/** What a schema is made of, for the generators: an optional's inside, a list's item, a mapping's fields. */
export type Structure =
  | { readonly kind: "optional"; readonly inner: z.ZodType }
  | { readonly kind: "list"; readonly item: z.ZodType }
  | { readonly kind: "record"; readonly value: z.ZodType }
  | { readonly kind: "mapping"; readonly fields: Readonly<Record<string, z.ZodType>> };

/** Structure by schema; leaves are in `fieldDocs` instead. */
export const structures = new WeakMap<z.ZodType, Structure>();

const isUnset = (input: unknown): boolean =>
  input === undefined || (isScalar(input) && input.value === null && !input.interpolated);

/** A field that may be missing or null; both mean "not declared". */
export function optional<T>(inner: z.ZodType<T>): z.ZodOptional<z.ZodType<T | undefined>> {
  const schema = z.preprocess((input) => isUnset(input) ? undefined : input, inner.optional()).optional();
  structures.set(schema, { kind: "optional", inner });
  return schema;
}

/** An optional value that somebody chooses: a variable that is set but empty, or has an empty default, chooses none. */
export function chosen<T>(inner: z.ZodType<T>): z.ZodOptional<z.ZodType<T | undefined>> {
  const none = (input: unknown): boolean =>
    isUnset(input) || (isScalar(input) && input.interpolated && input.text === "");
  const schema = z.preprocess((input) => none(input) ? undefined : input, inner.optional()).optional();
  structures.set(schema, { kind: "optional", inner });
  return schema;
}

function refuseScalar(what: string): (input: unknown, context: z.RefinementCtx) => unknown {
  return (input, context) => {
    if (input === undefined || isScalar(input) || (what === "a list") !== Array.isArray(input)) {
      const got = isScalar(input) ? "a single value" : Array.isArray(input) ? "a list" : "a mapping";
      const issue: FieldIssue = input === undefined
        ? { code: "FP103", message: `{field} is required` }
        : isUnset(input)
        ? { code: "FP108", message: `{field} is null; it takes ${what}` }
        : {
          code: "FP104",
          message: `{field} takes ${what}, not ${got}`,
          hint: what === "a list" ? BEGIN_ITEMS : undefined,
        };
      context.addIssue({ code: "custom", message: issue.message, params: { ...issue } });
      return z.NEVER;
    }
    return input;
  };
}

/** A list whose items all have one shape. */
export function list<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  const schema = z.preprocess(refuseScalar("a list"), z.array(item));
  structures.set(schema, { kind: "list", item });
  return schema;
}

/** A mapping whose keys are free: text → values of one shape. */
export function record<T>(value: z.ZodType<T>): z.ZodType<Readonly<Record<string, T>>> {
  const schema = z.preprocess(refuseScalar("a mapping"), z.record(z.string(), value));
  structures.set(schema, { kind: "record", value });
  return schema;
}

/** A mapping with known keys; any other key is a mistake. */
export function mapping<const S extends Readonly<Record<string, z.ZodType>>>(
  fields: S,
): z.ZodType<z.output<z.ZodObject<S>>> {
  const schema = z.preprocess(refuseScalar("a mapping"), z.strictObject(fields));
  structures.set(schema, { kind: "mapping", fields });
  return schema as z.ZodType<z.output<z.ZodObject<S>>>;
}

/** The cure for an empty variable where a value is needed. */
export const EMPTY_VARIABLE =
  "A variable in it is set but empty; unset it to use the default, or give it a value";

const emptyHint = (scalar: ScalarNode): string | undefined =>
  scalar.interpolated ? EMPTY_VARIABLE : undefined;

function checkText(scalar: ScalarNode, text: string, max: number | undefined, stored = true): void {
  if (text.includes("\0")) refuse("FP110", "{field} holds a NUL character");
  if (max !== undefined && !scalar.mocked && lengthOf(text) > max) {
    const most = stored ? `Flagsmith stores ${max} at most` : `${max} are allowed`;
    refuse("FP106", `{field} is ${lengthOf(text)} characters long; ${most}`);
  }
}

function refuseSecret(): never {
  refuse("FP117", "{field} is shown in output, log and errors, so it cannot be a secret");
}

/** Length as PostgreSQL counts it: characters, not UTF-16 units. */
export function lengthOf(text: string): number {
  let surrogates = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) surrogates++;
  }
  return text.length - surrogates;
}

/** Options of `text()`. */
export interface TextOptions {
  /** Most characters that the column takes (`contract.md` 1). */
  readonly max?: number;
  /** False when the longest length is our own and not a column's. */
  readonly stored?: boolean;
  /** True when the empty text is allowed. */
  readonly empty?: boolean;
  readonly doc?: string;
  /** True when the field identifies the entity or is quoted elsewhere: a secret must not stand there. */
  readonly identity?: boolean;
}

/** A leaf with a form of its own: `read` gives undefined for a text that it refuses. */
export function leafOf(
  type: string,
  read: (text: string) => string | undefined,
  doc?: string,
): z.ZodType<string> {
  return leaf(
    { type, ...(doc === undefined ? {} : { doc }), json: { type: ["string", "integer"] } },
    (scalar) => {
      if (scalar.secret) refuseSecret();
      const value = scalar.value === null ? undefined : read(scalar.text);
      if (value === undefined) refuse("FP104", `{field} takes ${takes({ type })}`);
      return value;
    },
  );
}

/** Text: the source text of a plain scalar, the content of a quoted one. */
export function text(options: TextOptions = {}): z.ZodType<string> {
  const json = {
    type: ["string", "number", "boolean"],
    ...(options.max === undefined ? {} : { maxLength: options.max }),
  };
  return leaf(
    { type: "text", ...(options.doc === undefined ? {} : { doc: options.doc }), json },
    (scalar) => {
      if (scalar.mocked) return scalar.text.replaceAll("\0", "") || "mock";
      if (scalar.value === null && !scalar.interpolated) refuse("FP108", "{field} is null; it takes text");
      if (options.identity === true && scalar.secret) refuseSecret();
      if (options.empty !== true && scalar.text.trim() === "") {
        refuse(
          "FP108",
          "{field} is empty",
          emptyHint(scalar),
        );
      }
      checkText(scalar, scalar.text, options.max, options.stored);
      return scalar.text;
    },
  );
}

/** Letters, digits and `_`, not beginning with a digit: what every shell and Kubernetes take as a variable. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The name of an environment variable. */
export function variableName(doc: string): z.ZodType<string> {
  return leaf(
    { type: "variable name", doc, json: { type: "string", pattern: VARIABLE_NAME.source } },
    (scalar) => {
      if (scalar.mocked) return scalar.text.replace(/^\d|\W/g, "_") || "mock";
      if (scalar.secret) refuseSecret();
      if (scalar.text === "") refuse("FP108", "{field} is empty", emptyHint(scalar));
      if (!VARIABLE_NAME.test(scalar.text)) {
        refuse(
          "FP130",
          `"${scalar.text}" is not the name of an environment variable`,
          "Letters, digits and _, not beginning with a digit",
        );
      }
      return scalar.text;
    },
  );
}

/** A name that identifies an entity. */
export function name(max: number, doc?: string): z.ZodType<string> {
  return text({ max, identity: true, ...(doc === undefined ? {} : { doc }) });
}

/** An e-mail address by Django's rules, at most 254 characters (`contract.md` 4.1). */
export function email(doc?: string): z.ZodType<string> {
  return leaf({
    type: "e-mail",
    ...(doc === undefined ? {} : { doc }),
    json: { type: "string", format: "email" },
  }, (scalar) => {
    if (scalar.mocked) {
      return isEmail(scalar.text)
        ? scalar.text
        : `${scalar.text.toLowerCase().replace(/[^a-z0-9]/g, "")}@mock.invalid`;
    }
    if (scalar.value === null && !scalar.interpolated) {
      refuse("FP108", "{field} is null; it takes an e-mail address");
    }
    if (scalar.secret) refuseSecret();
    if (scalar.text.trim() === "") refuse("FP108", "{field} is empty", emptyHint(scalar));
    checkText(scalar, scalar.text, 254);
    if (!isEmail(scalar.text)) refuse("FP109", `"${scalar.text}" is not an e-mail address`);
    return scalar.text;
  });
}

/** A boolean; an interpolated `true` or `false` counts, quoted or not. */
export function bool(doc?: string): z.ZodType<boolean> {
  return leaf(
    { type: "boolean", ...(doc === undefined ? {} : { doc }), json: { type: "boolean" } },
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
  readonly min: number;
  readonly max: number;
  readonly doc?: string;
}

/** The largest value of PostgreSQL's `integer`. */
export const INT32_MAX = 2147483647;

/** A whole number within bounds. */
export function integer(range: Range): z.ZodType<number> {
  const json = { type: "integer", minimum: range.min, maximum: range.max };
  return leaf({ type: "integer", ...(range.doc === undefined ? {} : { doc: range.doc }), json }, (scalar) => {
    const read = readNumber(scalar, "a whole number");
    if (scalar.mocked) return Math.max(range.min, 0);
    if (typeof read === "number" && !Number.isInteger(read)) refuse("FP104", "{field} takes a whole number");
    if (read < range.min || read > range.max) {
      refuse("FP107", `{field} must be from ${range.min} to ${range.max}`);
    }
    return Number(read);
  });
}

/** A number within bounds. */
export function decimal(range: Range): z.ZodType<number> {
  const json = { type: "number", minimum: range.min, maximum: range.max };
  return leaf({ type: "number", ...(range.doc === undefined ? {} : { doc: range.doc }), json }, (scalar) => {
    const read = Number(readNumber(scalar, "a number"));
    if (!(read >= range.min && read <= range.max)) {
      refuse("FP107", `{field} must be from ${range.min} to ${range.max}`);
    }
    return read;
  });
}

/** One of a few words. */
export function choice<const W extends string>(words: readonly W[], doc?: string): z.ZodType<W> {
  return leaf({
    type: words.map((w) => `\`${w}\``).join(", "),
    ...(doc === undefined ? {} : { doc }),
    json: { enum: words },
  }, (scalar) => {
    const found = words.find((word) => word === scalar.text);
    if (found !== undefined) return found;
    if (scalar.mocked && words[0] !== undefined) return words[0];
    const same = words.find((word) => word.toLowerCase() === scalar.text.toLowerCase());
    const shown = scalar.secret ? "The value" : `"${scalar.text}"`;
    refuse(
      "FP105",
      `${shown} is not allowed for {field}; it takes ${words.join(", ")}`,
      same !== undefined ? `Write "${same}"` : scalar.secret ? undefined : didYouMean(scalar.text, words),
    );
  });
}

/**
 * A secret text: wrapped at once, so that it has no string form from here on. With `emptyVariable` a variable that is set
 * but empty gives an empty secret, which the kind then judges.
 */
export function secret(
  max: number,
  doc?: string,
  options: { readonly emptyVariable?: true; readonly stored?: boolean } = {},
): z.ZodType<Secret> {
  return leaf(
    { type: "secret", ...(doc === undefined ? {} : { doc }), json: { type: "string" } },
    (scalar) => {
      if (scalar.mocked) return new Secret(scalar.text || "mock");
      if (scalar.value === null && !scalar.interpolated) {
        refuse(
          "FP108",
          "{field} is null; it takes a secret text",
        );
      }
      if (scalar.text === "" && !(scalar.interpolated && options.emptyVariable)) {
        refuse("FP108", "{field} is empty", emptyHint(scalar));
      }
      checkText(scalar, scalar.text, max, options.stored);
      return new Secret(scalar.text);
    },
  );
}

/** A moment, ISO 8601 with a time zone; kept as text in UTC. */
export function timestamp(doc?: string): z.ZodType<string> {
  return leaf({
    type: "timestamp",
    ...(doc === undefined ? {} : { doc }),
    json: { type: "string", format: "date-time" },
  }, (scalar) => {
    if (scalar.mocked) return "2000-01-01T00:00:00.000Z";
    const form = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[-+]\d\d:?\d\d))?$/;
    const time = form.test(scalar.text) ? Date.parse(scalar.text.replace(" ", "T")) : NaN;
    // JavaScript takes the 30th of February for the 2nd of March.
    const [year = 0, month = 0, day = 0] = scalar.text.slice(0, 10).split("-").map(Number);
    const exists = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
    if (!Number.isNaN(time) && !exists) {
      refuse("FP111", "{field} takes a time, and its month has no such day");
    }
    if (Number.isNaN(time)) {
      refuse("FP111", "{field} takes a time such as 2030-01-31T12:00:00Z", "A date alone means midnight UTC");
    }
    // PostgreSQL stores microseconds, of which a date of JavaScript has three digits less.
    const [, micros = ""] = /\.\d{3}(\d{1,3})/.exec(scalar.text) ?? [];
    return new Date(time).toISOString().replace("Z", `${micros}Z`);
  });
}

/**
 * The largest size that Flagsmith's settings can give to feature values and condition values (`contract.md` 4.9). What a
 * database really takes is checked against its live columns.
 */
export const LARGEST_VALUE = 2_000_000;

/** A value whose type matters: boolean, whole number, or text (`spec` section 3, Values). */
export type FeatureValue = string | number | boolean | null;

/** The value of a trait: text, whole number, number with a fraction, or boolean, told by its YAML type. */
export function traitValueField(doc?: string): z.ZodType<TraitValue> {
  const json = { type: ["string", "number", "boolean"] };
  return leaf({ type: "text, number or boolean", ...(doc === undefined ? {} : { doc }), json }, (scalar) => {
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
  const json = { type: ["string", "integer", "boolean", "null"], maxLength: 20000 };
  return leaf({ type: "text, integer or boolean", ...(doc === undefined ? {} : { doc }), json }, (scalar) => {
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
