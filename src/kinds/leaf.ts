/**
 * What all leaf types of the format share. zod checks the structure; a leaf reads a `ScalarNode`, because what a field means
 * depends on the source text, on quotes and on interpolation, which a plain JavaScript value no longer tells (decision 0004).
 */
import { lookup } from "../diagnostics/lookup.ts";
import * as z from "zod";
import type { Code } from "../diagnostics/codes.ts";
import type { ScalarNode } from "../source/node.ts";

/** What generated documents and the JSON Schema say about a field. */
export interface FieldDoc {
  /** `text`, `boolean`, …, as the tables of `docs/format.md` show it. */
  readonly type: string;
  /** One sentence. */
  readonly doc?: string | undefined;
  /** True when Flagsmith sends the field to SDKs: a secret in it is no secret any more. */
  readonly published?: true;
  /** What is said of a value that Flagsmith stores though nobody means it; undefined for all others. */
  readonly unmeant?: (scalar: ScalarNode) => Unmeant | undefined;
  /** What is said of white space at the ends: it is removed from a secret, and kept in an identifier. */
  readonly padding?: "removed" | "kept";
  /** True when `!exact` may stand before a text that has not the form or the length that the field asks for. */
  readonly exact?: true;
  /** JSON Schema fragment for editors. */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** The rest of a sentence that begins with the quoted name of the field, and the cure. */
export interface Unmeant {
  readonly message: string;
  readonly hint?: string;
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
export function refuse(code: Code, message: string, hint?: string): never {
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
const WORDS: Readonly<Record<string, string>> = lookup({
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  secret: "a secret text",
  "e-mail": "an e-mail address",
  timestamp: "a time",
  "variable name": "the name of a variable",
  "text or list": "text or a list of texts",
  "position or key": "the position or key of an option",
  "text, number or boolean": "text, a number, true or false",
  "text, integer, boolean or null": "text, a whole number, true, false or null",
});

/** What a field takes, as messages say it: the words of a choice without the marks of the tables. */
export function takes({ type }: FieldDoc): string {
  return WORDS[type] ?? type.replaceAll("`", "").replace(/, ([^,]*)$/, " or $1");
}

/** A leaf: `read` gets the scalar of the field, and refuses it by `refuse()`. */
export function leaf<T>(doc: FieldDoc, read: (scalar: ScalarNode) => T): z.ZodType<T> {
  const schema = z.transform((input: unknown, context): T => {
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
      if (input.exact === true && doc.exact !== true) {
        refuse(
          "FP014",
          "Tag !exact does not fit {field}",
          "It stands before a name or another text whose form would be refused",
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

/** Reports the issues of a schema inside of another one; `path` leads to what it read. */
export function passOn(
  issues: readonly z.core.$ZodIssue[] | undefined,
  path: readonly PropertyKey[],
  context: z.core.ParsePayload,
): void {
  for (const issue of issues ?? []) {
    context.issues.push({ ...issue, path: [...path, ...issue.path], input: undefined });
  }
}

/** The cure for an empty variable where a value is needed. */
export const EMPTY_VARIABLE =
  "A variable in it is set but empty; unset it to use the default, or give it a value";

/** The hint for an empty text, when a variable made it so. */
export const emptyHint = (scalar: ScalarNode): string | undefined =>
  scalar.interpolated ? EMPTY_VARIABLE : undefined;

/** Refuses a text that cannot be stored, or, without `!exact`, is too long; `stored` is false when the longest length is our own and not a column's. */
export function checkText(scalar: ScalarNode, text: string, max: number | undefined, stored = true): void {
  if (text.includes("\0")) refuse("FP110", "{field} holds a NUL character");
  if (max !== undefined && !scalar.mocked && scalar.exact !== true && lengthOf(text) > max) {
    const most = stored ? `Flagsmith stores ${max} at most` : `${max} are allowed`;
    refuse("FP106", `{field} is ${lengthOf(text)} characters long; ${most}`);
  }
}

/** Refuses a secret in a field that is shown. */
export function refuseSecret(): never {
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
