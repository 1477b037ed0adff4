/**
 * SQL as a type: statements and parts of them are built with a tag, from texts that are in the source and from values
 * that `render.ts` quotes. A plain string is neither (decision 6).
 */
import { type Name, type SQL, sql as tag } from "drizzle-orm/sql/sql";

/** A part of a statement: made with `sql`, and with nothing else. */
export type Fragment = SQL;

/** A quoted identifier: a table, a column, a schema. */
export type Identifier = Name;

/** What may be in a tag: a part, an identifier, or a value, which becomes a literal. Lists and secrets have functions of their own. */
export type Part = Fragment | Identifier | string | number | bigint | boolean | null;

/** A statement, and whether it answers with rows, even if with none. */
export interface Statement {
  readonly sql: Fragment;
  readonly answers: boolean;
}

/**
 * A part of a statement.
 *
 * ```ts
 * sql`t.name = ${name} AND t.${identifier(column)} IS NULL`
 * ```
 */
export function sql(strings: TemplateStringsArray, ...parts: readonly Part[]): Fragment {
  return tag(strings, ...parts);
}

/** A statement that answers with rows. */
export function query(strings: TemplateStringsArray, ...parts: readonly Part[]): Statement {
  return { sql: tag(strings, ...parts), answers: true };
}

/** A statement without rows: it writes, defines, locks or sets. */
export function command(strings: TemplateStringsArray, ...parts: readonly Part[]): Statement {
  return { sql: tag(strings, ...parts), answers: false };
}

/** A name, quoted. */
export function identifier(name: string): Identifier {
  return tag.identifier(name);
}

/** A column of a table's alias: `t."name"`. The alias is one of the source's own, plain word. */
export function column(alias: string, name: string): Fragment {
  return sql`${identifier(alias)}.${identifier(name)}`;
}

/** A table of a schema. */
export function tableIn(schema: string, name: string): Fragment {
  return sql`${identifier(schema)}.${identifier(name)}`;
}

/** Parts with another between them; nothing for an empty list. */
export function join(parts: readonly Part[], separator: Fragment): Fragment {
  const chunks = parts.map((part) => typeof part === "object" && part !== null ? part : sql`${part}`);
  return tag.join(chunks, separator);
}

/** Parts with commas between them. */
export function list(parts: readonly Part[]): Fragment {
  return join(parts, COMMA);
}

/** Conditions that must all hold; `true` for none. */
export function all(conditions: readonly Fragment[]): Fragment {
  return conditions.length === 0 ? sql`true` : join(conditions, AND);
}

/** Between queries whose rows follow one another, duplicates included. */
export const UNION_ALL: Fragment = sql`\nUNION ALL `;

/** No text at all: for a part that is left out. */
export const NOTHING: Fragment = tag.empty();

const COMMA = sql`, `;
const AND = sql` AND `;
