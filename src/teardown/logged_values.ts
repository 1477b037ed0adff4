/** Logged values: as SQL, compared with live ones, and how their rows are named. Pure. */
import type { Column } from "../database/catalog.ts";
import { castType } from "../database/column_value.ts";
import { typed, typeName } from "../database/render.ts";
import { type Fragment, sql } from "../database/statement.ts";
import type { Content } from "../kinds/kind.ts";
import { canonical } from "../log/content_hash.ts";

/** Columns of the live tables that the log names. */
export type Columns = ReadonlyMap<string, ReadonlyMap<string, Column>>;

/** One text for a row, or for the columns that a row is known by. */
export function rowName(table: string, key: unknown): string {
  return JSON.stringify([table, key]);
}

/** The value of a key of one column. */
export function keyText(key: Readonly<Record<string, unknown>>): string {
  return String(Object.values(key)[0]);
}

/** True for what is in the log in place of a secret. */
export function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secret" in value;
}

/** A logged value as an element of an array of that type: documents as their text. */
export function arrayElement(value: unknown, type: string): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" || /^jsonb?$/.test(type) ? JSON.stringify(value) : String(value);
}

/** True for what JSON of a row has for an array or a composite value: no text that the type reads. */
export function isStructured(value: unknown, type: string): boolean {
  return typeof value === "object" && value !== null && !/^jsonb?$/.test(type);
}

/** A value of an array or a composite type out of a document `{"v": …}`. */
export function structuredValue(document: Fragment, type: string): Fragment {
  return sql`(SELECT r.v FROM json_to_record(${document}) AS r(v ${typeName(castType(type))}))`;
}

/** A logged value as SQL of its column's type. */
export function sqlValue(value: unknown, type: string): Fragment {
  if (isStructured(value, type)) return structuredValue(sql`${JSON.stringify({ v: value })}::json`, type);
  const text = arrayElement(value, type);
  return text === null ? sql`NULL` : typed(text, typeName(castType(type)));
}

/** True when a live value is the logged one. */
export function same(live: unknown, logged: unknown, type: string): boolean {
  if (/^timestamp/.test(type) && typeof live === "string" && typeof logged === "string") {
    return microseconds(live) === microseconds(logged);
  }
  return canonical((live ?? null) as Content) === canonical((logged ?? null) as Content);
}

/** A time in UTC with all its digits; `Date` would drop what is finer than a millisecond. */
function microseconds(text: string): string {
  const [, whole = "", fraction = ""] = /^(.*?)(?:\.(\d+))?(?:Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text) ?? [];
  return `${whole.replace(" ", "T")}.${fraction.padEnd(6, "0")}`;
}
