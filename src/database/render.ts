/**
 * Statements as text. All go through PostgreSQL's simple protocol: many statements make one round trip, no prepared
 * statement is left behind a pooler, and the driver needs no extra trip to learn parameter types (decision 5). This file
 * is the only one that turns values into SQL.
 */
import { Name, Param, SQL, sql as tag, StringChunk } from "drizzle-orm/sql/sql";
import { Secret } from "../source/secret.ts";
import { type Fragment, sql } from "./statement.ts";

/** A value that can be in an array; null becomes NULL. */
export type Element = string | number | bigint | boolean | null | Secret;

/**
 * The text of a statement. Secrets are put into `secrets` and are not in the text, which reads them from the settings
 * that `bindingOf` makes. Throws `TypeError` for what has no SQL form: undefined, NaN, infinity, lists, objects, secrets
 * that did not come through `secretSql`.
 */
export function render(fragment: Fragment, secrets: Secret[]): string {
  let text = "";
  for (const chunk of fragment.queryChunks) {
    if (chunk instanceof StringChunk) text += chunk.value.join("");
    else if (chunk instanceof SQL) text += render(chunk, secrets);
    else if (chunk instanceof Name) text += quotedName(chunk.value);
    else if (chunk instanceof Param && chunk.value instanceof Secret) {
      secrets.push(chunk.value);
      text += `current_setting(${quotedText(settingName(secrets.length))})`;
    } else text += quotedValue(chunk);
  }
  return text;
}

/** The text of a statement that holds no secret; throws `TypeError` when it does. */
export function renderPublic(fragment: Fragment): string {
  const secrets: Secret[] = [];
  const text = render(fragment, secrets);
  if (secrets.length > 0) throw new TypeError("Cannot write a secret into the text of a statement");
  return text;
}

/**
 * The text of a statement without its values, for whoever looks what it does to what: `?` stands for each, but for the name
 * of a sequence that is drawn from.
 */
export function shapeOf(fragment: Fragment): string {
  let text = "";
  for (const chunk of fragment.queryChunks) {
    if (chunk instanceof StringChunk) text += chunk.value.join("");
    else if (chunk instanceof SQL) text += shapeOf(chunk);
    else if (chunk instanceof Name) text += quotedName(chunk.value);
    else text += typeof chunk === "string" && text.endsWith("nextval(") ? quotedText(chunk) : "?";
  }
  return text;
}

/** True when a statement holds a secret, so that it needs an open transaction. */
export function holdsSecret(fragment: Fragment): boolean {
  return fragment.queryChunks.some((chunk) =>
    chunk instanceof SQL ? holdsSecret(chunk) : chunk instanceof Param && chunk.value instanceof Secret
  );
}

function quotedValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quotedText(value);
    case "boolean":
      return String(value);
    case "bigint":
    case "number": {
      // After a minus, the sign of a negative number would begin a comment.
      const digits = numberText(value);
      return digits.startsWith("-") ? `(${digits})` : digits;
    }
    case "object":
      if (value === null) return "NULL";
  }
  // Neither the value nor its form: it might be a secret.
  throw new TypeError(
    `Cannot write ${Array.isArray(value) ? "a list" : `a value of type ${typeof value}`} into SQL`,
  );
}

function numberText(value: number | bigint): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError("Cannot write a number that is not finite into SQL");
  }
  return String(value);
}

/** A text literal. NUL cannot be stored and was refused long before; it throws here. */
function quotedText(text: string): string {
  if (text.includes("\0")) throw new RangeError("Cannot write a NUL character into SQL");
  const quoted = text.replaceAll("'", "''");
  // The E form means the same whatever standard_conforming_strings says.
  return text.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
}

function quotedName(name: string): string {
  if (name.includes("\0")) throw new RangeError("Cannot write a NUL character into SQL");
  return `"${name.replaceAll('"', '""')}"`;
}

/** The text form of an array, before it is quoted as a literal; null elements become NULL. */
export function arrayText(elements: readonly (string | number | bigint | boolean | null)[]): string {
  const parts: string[] = [];
  for (const element of elements) {
    if (element === null) parts.push("NULL");
    else if (typeof element === "number" || typeof element === "bigint") parts.push(numberText(element));
    else if (typeof element === "boolean") parts.push(element ? "t" : "f");
    else if (element.includes('"') || element.includes("\\")) {
      parts.push(`"${element.replace(/["\\]/g, "\\$&")}"`);
    } else parts.push(`"${element}"`);
  }
  return `{${parts.join(",")}}`;
}

/** An array of a type: `'{…}'::text[]`. One that holds a secret is a secret as a whole. */
export function array(elements: readonly Element[], type: Fragment): Fragment {
  const isSecret = elements.some((element) => element instanceof Secret);
  const text = arrayText(elements.map((element) => element instanceof Secret ? element.reveal() : element));
  return sql`${isSecret ? secretSql(new Secret(text)) : text}::${type}[]`;
}

/** An array of texts. */
export function texts(elements: readonly (string | Secret | null)[]): Fragment {
  return array(elements, sql`text`);
}

/** An array of ids. */
export function ids(elements: readonly (number | null)[]): Fragment {
  return array(elements, sql`int4`);
}

/** A value of a type; a secret one goes as a parameter. */
export function typed(value: Element, type: Fragment): Fragment {
  return sql`${value instanceof Secret ? secretSql(value) : value === null ? null : String(value)}::${type}`;
}

/** The name of a type as PostgreSQL's `format_type` gave it, quoted where that is needed; never input. */
export function typeName(formatted: string): Fragment {
  const known = TYPE_NAMES.get(formatted) ?? tag.raw(formatted);
  TYPE_NAMES.set(formatted, known);
  return known;
}

/** A schema has few types, and a run names one for each value that it writes. */
const TYPE_NAMES = new Map<string, Fragment>();

/** The only way of a secret into a statement: bound as a parameter of a statement before it, and read from there. */
export function secretSql(secret: Secret): Fragment {
  return new SQL([new Param(secret)]);
}

/** The setting that holds a secret of the open transaction. */
function settingName(ordinal: number): string {
  return `flagsmith_provision.s${ordinal}`;
}

/** A statement of the extended protocol: its text and its one parameter. */
export interface Binding {
  readonly text: string;
  readonly parameter: string;
}

/**
 * What binds the secrets of a script for the rest of the transaction: settings that only this session sees. Parameters
 * are not logged with a failure by default. Where the role may, texts of statements that fail and the details of errors
 * are kept out of the server's log until the transaction ends; `hasPrivileges` tells that the server has the function
 * that knows (PostgreSQL 15 and later).
 */
export function bindingOf(secrets: readonly Secret[], hasPrivileges: boolean): Binding {
  const quiet = [["log_min_error_statement", "panic"], ["log_error_verbosity", "terse"]].map((
    [name, value],
  ) =>
    `CASE WHEN ${
      hasPrivileges
        ? `has_parameter_privilege('${name}', 'SET')`
        : "(SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)"
    } THEN set_config('${name}', '${value}', true) END`
  );
  return {
    text: `SELECT ${quiet.join(", ")}, count(set_config('${
      settingName(0).slice(0, -1)
    }' || s.n, s.value, true)) FROM unnest($1::text[]) WITH ORDINALITY AS s(value, n)`,
    parameter: arrayText(secrets.map((secret) => secret.reveal())),
  };
}
