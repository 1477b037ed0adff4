/** How a transaction of the tool begins. */
import type { RunTimeSetting } from "./address/run_time_settings.ts";
import { command, type Fragment, list, query, sql, type Statement } from "./statement.ts";

/** The isolation levels in use: a run sees what others committed meanwhile, a look keeps one snapshot. */
export type Isolation = "READ COMMITTED" | "REPEATABLE READ READ ONLY";

const LEVELS: { readonly [I in Isolation]: Fragment } = {
  "READ COMMITTED": sql`READ COMMITTED READ WRITE`,
  "REPEATABLE READ READ ONLY": sql`REPEATABLE READ READ ONLY`,
};

/**
 * Where names without a schema are looked for, by this program and by the triggers that it sets off: among PostgreSQL's
 * own. Whoever may create a function in a schema of another path could have it run with the rights of this program.
 */
const PATH: RunTimeSetting = ["search_path", "pg_catalog, pg_temp"];

/**
 * Settings that a role or a database may have otherwise, and that change what a statement does, answers or waits for. The
 * last three concern the planner and hold for tables of any size (decision 16): our statements are large and run once, so
 * compiling them would take seconds where it expects much of them; whatever has an index is found by it, also right
 * after thousands of rows were written of which there are no statistics yet; and looking into a hundred small tables is not
 * worth starting parallel workers.
 */
const PINNED: readonly RunTimeSetting[] = [
  // Rows that a policy hides would count as missing; so it is an error (FP419).
  ["row_security", "off"],
  PATH,
  ["client_encoding", "UTF8"],
  ["standard_conforming_strings", "on"],
  ["timezone", "UTC"],
  ["datestyle", "ISO, MDY"],
  ["intervalstyle", "postgres"],
  ["extra_float_digits", "1"],
  ["bytea_output", "hex"],
  ["xmlbinary", "base64"],
  ["lc_monetary", "C"],
  ["array_nulls", "on"],
  ["transform_null_equals", "off"],
  ["quote_all_identifiers", "off"],
  ["statement_timeout", "0"],
  ["idle_in_transaction_session_timeout", "0"],
  ["jit", "off"],
  ["enable_seqscan", "off"],
  ["enable_parallel_append", "off"],
];

/** Settings of the tool's own that a transaction keeps what it looked up in. */
const ANCHOR_SETTING = "flagsmith_provision.anchor";
const PATH_SETTING = "flagsmith_provision.search_path";

/** The oid of the table `organisations_organisation` that Flagsmith itself would find; null when there is none. */
export const ANCHOR: Fragment = sql`nullif(current_setting(${ANCHOR_SETTING}), '')::oid`;

/** Keeps another table as the anchor of the transaction, by its oid as text. */
export function anchorAt(oid: string): Statement {
  return query`SELECT set_config(${ANCHOR_SETTING}, ${oid}, true)`;
}

/** The names of the schemas that Flagsmith's search path has, as an array, whether the user may use them or not. */
export function searchedNames(): Fragment {
  return sql`(SELECT array_agg(CASE s.name WHEN '$user' THEN current_user::text ELSE s.name END ORDER BY s.n)
  FROM (SELECT trim(both '"' FROM trim(p.part)) AS name, p.n
    FROM unnest(string_to_array(current_setting(${PATH_SETTING}), ',')) WITH ORDINALITY AS p(part, n)) s)`;
}

/**
 * Begins a transaction that waits for tables up to `lockTimeout` milliseconds. Its statements do the same whatever settings
 * role, database and server have, and run no function but PostgreSQL's own: Flagsmith's tables are looked for once, by the
 * search path that Flagsmith has, too, and nothing else is ever looked up there. `session` has the settings that the address
 * asks for.
 */
export function beginStatements(
  session: { readonly settings: readonly RunTimeSetting[] },
  isolation: Isolation,
  lockTimeout: number,
): readonly Statement[] {
  return [
    command`BEGIN ISOLATION LEVEL ${LEVELS[isolation]}`,
    ...settingStatements(session.settings),
    query`SELECT pg_catalog.set_config(${ANCHOR_SETTING}, COALESCE(
  pg_catalog.to_regclass('organisations_organisation')::pg_catalog.oid::pg_catalog.text, ''), true),
  pg_catalog.set_config(${PATH_SETTING}, pg_catalog.current_setting('search_path'), true)`,
    query`SELECT ${list([...PINNED].map(setting))}`,
    lockTimeoutStatement(lockTimeout),
  ];
}

/**
 * Makes settings for the transaction. They are no parameters of the connection's start, since a pooler refuses those or
 * hands the connection to others.
 */
export function settingStatements(settings: readonly RunTimeSetting[]): readonly Statement[] {
  return settings.map((each) => query`SELECT ${setting(each)}`);
}

function setting([name, value]: RunTimeSetting): Fragment {
  return sql`pg_catalog.set_config(${name}, ${value}, true)`;
}

/**
 * A statement among tables that are looked up as Flagsmith does, because their schema is not known yet; its answer is the
 * second of three. Every function, type and operator of it must be named with its schema.
 */
export function underApplicationPath(statement: Statement): readonly Statement[] {
  return [
    query`SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting(${PATH_SETTING}), true)`,
    statement,
    query`SELECT ${setting(PATH)}`,
  ];
}

/** Makes the transaction wait for locks of others so many milliseconds, at least one: 0 would be for ever. */
export function lockTimeoutStatement(milliseconds: number): Statement {
  return command`SET LOCAL lock_timeout TO ${Math.max(1, Math.round(milliseconds))}`;
}
