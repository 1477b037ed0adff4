/** Leaves that take text: names, addresses, words of a choice, times, secrets. */
import { isActedOn } from "./acted_on.ts";
import * as z from "zod";
import { didYouMean } from "../diagnostics/suggest.ts";
import { pythonDatetime } from "../flagsmith/python/datetime.ts";
import { pythonStrip } from "../flagsmith/python/strip.ts";
import type { ScalarNode } from "../source/node.ts";
import { isEmail } from "../flagsmith/email.ts";
import { Secret } from "../source/secret.ts";
import {
  checkText,
  emptyHint,
  type FieldDoc,
  fieldDocs,
  leaf,
  passOn,
  refuse,
  refuseSecret,
  takes,
} from "./leaf.ts";

/** Options of `text()`. */
export interface TextOptions {
  /** Most characters that the column takes (`docs/flagsmith/tables.md#sizes`). */
  readonly max?: number;
  /** False when the longest length is our own and not a column's. */
  readonly stored?: boolean;
  /** True when the empty text is allowed. */
  readonly empty?: boolean;
  readonly doc?: string | undefined;
  /** True when the field identifies the entity or is quoted elsewhere: a secret must not be there. */
  readonly identity?: boolean;
  /** True when Flagsmith sends it to SDKs. */
  readonly published?: true;
  /** True for a line whose white space at the ends is kept, with a warning. */
  readonly padded?: true;
  /** What is said of a text that is accepted. */
  readonly unmeant?: FieldDoc["unmeant"];
}

/** A leaf with a form of its own: `read` gives undefined for a text that it refuses. */
export function leafOf(
  type: string,
  read: (text: string) => string | undefined,
  doc?: string,
): z.ZodType<string> {
  return leaf(
    { type, doc, json: { type: ["string", "integer"] } },
    (scalar) => {
      if (scalar.secret) refuseSecret();
      const value = scalar.value === null ? undefined : read(scalar.text);
      if (value === undefined) refuse("FP104", `{field} takes ${takes({ type })}`);
      return value;
    },
  );
}

/**
 * Text that is free by nature, as values and descriptions are: it is stored byte for byte. The source text of a plain scalar,
 * the content of a quoted one.
 */
export function freeText(options: TextOptions = {}): z.ZodType<string> {
  return text(options, () => {});
}

/**
 * Text that is one line by nature, as names, labels and identifiers are. Flagsmith's API removes white space at its ends, so
 * that nobody would find it again: it is refused, and so is a line break inside.
 */
export function line(options: TextOptions = {}): z.ZodType<string> {
  return text(options, options.padded === true ? () => {} : checkLine);
}

/** Refuses what no line can be, with the variable that it came from. */
function checkLine(scalar: ScalarNode): void {
  const { text, variables = [] } = scalar;
  const from = variables.length === 0
    ? ""
    : ` (from variable${variables.length === 1 ? "" : "s"} ${variables.join(", ")})`;
  const stripped = pythonStrip(text);
  const inside = LINE_BREAK.test(stripped);
  if (stripped === text && !inside) return;
  if (inside) refuse("FP111", `{field} has a line break inside${from}; it takes one line`);
  const end = pythonStrip(`x${text}`).length <= text.length;
  refuse(
    "FP111",
    `{field} ${end ? "ends" : "begins"} with ${
      end && LINE_BREAK.test(text.slice(stripped.length)) ? "a line break" : "white space"
    }${from}, which Flagsmith would remove`,
    from === "" ? "Remove it" : "A Secret that was made with echo ends with one; printf leaves it out",
  );
}

const LINE_BREAK = /[\n-\r\x85\u2028\u2029]/;

function text(options: TextOptions, check: (scalar: ScalarNode) => void): z.ZodType<string> {
  const json = {
    type: ["string", "number", "boolean"],
    ...(options.max === undefined ? {} : { maxLength: options.max }),
  };
  return leaf(
    {
      type: "text",
      doc: options.doc,
      json,
      exact: true,
      ...(options.published === undefined ? {} : { published: options.published }),
      ...(options.padded === undefined ? {} : { padding: "kept" }),
      ...(options.unmeant === undefined ? {} : { unmeant: options.unmeant }),
    },
    (scalar) => {
      if (scalar.mocked) return scalar.text.replaceAll("\0", "") || "mock";
      if (scalar.value === null && !scalar.interpolated) refuse("FP108", "{field} is null; it takes text");
      if (options.identity === true && scalar.secret) refuseSecret();
      if (options.empty !== true && scalar.exact !== true && scalar.text.trim() === "") {
        refuse(
          "FP108",
          "{field} is empty",
          emptyHint(scalar),
        );
      }
      if (scalar.exact !== true && scalar.text.trim() !== "") check(scalar);
      checkText(scalar, scalar.text, options.max, options.stored);
      return scalar.text;
    },
  );
}

/** Text, or a list of texts. No item of a list may be a secret, because the list is stored as one text. */
export function textOrTexts(options: TextOptions): z.ZodType<string | readonly string[]> {
  const one = freeText(options);
  const item = freeText({ ...options, identity: true });
  const schema = z.transform((input: unknown, context): string | readonly string[] => {
    const isList = Array.isArray(input);
    const results = (isList ? input : [input]).map((node) => (isList ? item : one).safeParse(node));
    for (const [at, result] of results.entries()) {
      passOn(result.error?.issues, isList ? [at] : [], context);
    }
    const texts = results.flatMap(({ data }) => data ?? []);
    return isList ? texts : texts[0] ?? "";
  });
  const doc = fieldDocs.get(one);
  if (doc !== undefined) {
    fieldDocs.set(schema, {
      ...doc,
      type: "text or list",
      json: { type: ["string", "number", "boolean", "array"] },
    });
  }
  return schema;
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
          `${shownWord(scalar)} is not the name of an environment variable`,
          "Letters, digits and _, not beginning with a digit",
        );
      }
      if (isActedOn(scalar.text)) {
        refuse(
          "FP130",
          `"${scalar.text}" is a variable that shells and loaders act on`,
          "Choose another name; whoever sources the outputs file would run what it says",
        );
      }
      return scalar.text;
    },
  );
}

/** A name that identifies an entity. */
export function name(max: number, doc?: string): z.ZodType<string> {
  return line({ max, identity: true, doc });
}

/** An e-mail address by Django's rules, at most 254 characters (`docs/flagsmith/users-and-passwords.md#users`). */
export function email(doc?: string, options: { readonly empty?: true } = {}): z.ZodType<string> {
  const json = options.empty === true
    ? { anyOf: [{ type: "string", format: "email" }, { const: "" }] }
    : { type: "string", format: "email" };
  return leaf({ type: "e-mail", doc, json, exact: true }, (scalar) => {
    if (scalar.mocked) {
      return isEmail(scalar.text)
        ? scalar.text
        : `${scalar.text.toLowerCase().replace(/[^a-z0-9]/g, "")}@mock.invalid`;
    }
    if (scalar.value === null && !scalar.interpolated) {
      refuse("FP108", "{field} is null; it takes an e-mail address");
    }
    if (scalar.secret) refuseSecret();
    if (scalar.text === "" && options.empty === true) return "";
    if (scalar.exact === true) {
      checkText(scalar, scalar.text, 254);
      return scalar.text;
    }
    if (scalar.text.trim() === "") refuse("FP108", "{field} is empty", emptyHint(scalar));
    checkLine(scalar);
    checkText(scalar, scalar.text, 254);
    if (!isEmail(scalar.text)) refuse("FP109", `${shownWord(scalar)} is not an e-mail address`);
    return scalar.text;
  });
}

/**
 * What was read where one word is wanted; of a text that goes on in the next line the first word, since what follows may be
 * the secret of another key, which a typing mistake made a part of this value.
 */
function shownWord({ text, secret, span: { file, start, end } }: ScalarNode): string {
  if (secret) return "The value";
  const isOneLine = !file.text.slice(start, end).includes("\n");
  return isOneLine ? `"${text}"` : `"${text.split(/\s/, 1)[0]} …"`;
}

/** One of a few words. */
export function choice<const W extends string>(words: readonly W[], doc?: string): z.ZodType<W> {
  return choiceOf(words, words, doc);
}

/** The same for a column that takes the empty text, too; `meaning` tells how Flagsmith treats that. */
export function blankChoice<const W extends string>(
  words: readonly W[],
  meaning: string,
  doc?: string,
): z.ZodType<W | ""> {
  const unmeant = ({ text }: ScalarNode) =>
    text === "" ? { message: `is empty, which Flagsmith stores and treats as ${meaning}` } : undefined;
  return choiceOf<W | "">([...words, ""], words, doc, unmeant);
}

function choiceOf<W extends string>(
  words: readonly W[],
  named: readonly string[],
  doc: string | undefined,
  unmeant?: FieldDoc["unmeant"],
): z.ZodType<W> {
  return leaf({
    type: named.map((w) => `\`${w}\``).join(", "),
    doc,
    json: { enum: words },
    ...(unmeant === undefined ? {} : { unmeant }),
  }, (scalar) => {
    const found = words.find((word) => word === scalar.text);
    if (found !== undefined) return found;
    if (scalar.mocked && words[0] !== undefined) return words[0];
    const same = words.find((word) => word.toLowerCase() === scalar.text.toLowerCase());
    const shown = shownWord(scalar);
    refuse(
      "FP105",
      `${shown} is not allowed for {field}; it takes ${named.join(", ")}`,
      same !== undefined ? `Write "${same}"` : scalar.secret ? undefined : didYouMean(scalar.text, named),
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
    { type: "secret", doc, json: { type: "string" }, padding: "removed" },
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
      // Flagsmith removes it when the user logs in, so that nobody could type it.
      const stripped = pythonStrip(scalar.text);
      if (stripped === "" && scalar.text !== "") refuse("FP108", "{field} holds white space only");
      if (LINE_BREAK.test(stripped)) refuse("FP111", "{field} has a line break inside");
      checkText(scalar, stripped, max, options.stored);
      return new Secret(stripped);
    },
  );
}

/** A moment, as the API reads it (`pythonDatetime()`); kept as text in UTC. */
export function timestamp(doc?: string): z.ZodType<string> {
  return leaf({
    type: "timestamp",
    doc,
    json: { type: ["string", "integer"] },
  }, (scalar) => {
    if (scalar.mocked) return "2000-01-01T00:00:00.000Z";
    const time = pythonDatetime(scalar.text);
    if (time !== undefined) return time;
    if (pythonDatetime(scalar.text.replace(/^(\d{4}-\d\d-)\d\d/, "$101")) !== undefined) {
      refuse("FP111", "{field} takes a time, and its month has no such day");
    }
    refuse(
      "FP111",
      "{field} takes a time such as 2030-01-31T12:00:00Z",
      "A date alone means midnight; a time without a zone is one of UTC",
    );
  });
}
