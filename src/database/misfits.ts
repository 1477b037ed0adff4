/**
 * Which texts the types of their columns do not take. PostgreSQL itself is asked, by reading each: no rule of ours knows
 * domains, enums, ranges, composite types and what extensions bring. Works on all servers from PostgreSQL 11 on, in a
 * transaction that only reads, and says which text it was, where a statement that casts them all would merely fail.
 */
import { Secret } from "../source/secret.ts";
import type { Ask } from "./ask.ts";
import { arrayText, texts } from "./render.ts";
import { command, query } from "./statement.ts";

/** A text that is to become a value. */
export interface TypedText {
  readonly text: string | Secret | null;
  /** What `format_type` prints without a length. */
  readonly type: string;
}

/**
 * Reads each text in a subtransaction of its own, as the element of an array: what a cast of a text would cut without a word is
 * an error there, as it is for a literal. Texts come in by a setting, so that no secret is in a statement.
 */
const READ_EACH = command`DO $read$
DECLARE
  texts text[] := current_setting('flagsmith_provision.cast_texts');
  types text[] := current_setting('flagsmith_provision.cast_types');
  failures jsonb := '{}';
BEGIN
  FOR n IN 1 .. cardinality(texts) LOOP
    BEGIN
      EXECUTE 'SELECT $1::' || types[n] USING texts[n];
    EXCEPTION WHEN OTHERS THEN
      failures := failures || jsonb_build_object(n, SQLSTATE);
    END;
  END LOOP;
  PERFORM set_config('flagsmith_provision.cast_failures', failures::text, true);
END $read$`;

/** Codes of errors that are about the text: of data and constraints, and syntax that types such as `tsquery` have. */
const ABOUT_TEXT = /^(22|23|42(?!501))/;

/** Asks the server; the SQLSTATE of each text that it does not take, by its position. Nothing is asked about no texts. */
export async function misfits(
  ask: Ask,
  values: readonly TypedText[],
): Promise<ReadonlyMap<number, string>> {
  if (values.length === 0) return new Map();
  const elements = values.map(({ text, type }) => {
    if (type.endsWith("[]")) return text;
    return text instanceof Secret ? new Secret(arrayText([text.reveal()])) : arrayText([text]);
  });
  const types = values.map(({ type }) => type.endsWith("[]") ? type : `${type}[]`);
  const [, , answer] = await ask("read values", [
    query`SELECT set_config('flagsmith_provision.cast_texts', ${texts(elements)}::text, true),
  set_config('flagsmith_provision.cast_types', ${texts(types)}::text, true)`,
    READ_EACH,
    query`SELECT current_setting('flagsmith_provision.cast_failures')::json AS failures`,
  ]);
  return new Map(
    Object.entries(Object(answer?.[0]?.["failures"])).flatMap(([n, state]): [number, string][] =>
      typeof state === "string" && ABOUT_TEXT.test(state) ? [[Number(n) - 1, state]] : []
    ),
  );
}
