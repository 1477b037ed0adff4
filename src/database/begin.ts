/** How a transaction of the tool begins. */
import type { RunTimeSetting } from "./address/run_time_settings.ts";
import { command, type Fragment, query, sql, type Statement } from "./statement.ts";

/** The isolation levels in use: a run sees what others committed meanwhile, a look keeps one snapshot. */
export type Isolation = "READ COMMITTED" | "REPEATABLE READ READ ONLY";

const LEVELS: { readonly [I in Isolation]: Fragment } = {
  "READ COMMITTED": sql`READ COMMITTED`,
  "REPEATABLE READ READ ONLY": sql`REPEATABLE READ READ ONLY`,
};

/**
 * Begins a transaction whose times are UTC and that waits for tables up to `lockTimeout` milliseconds. What the planner
 * is told holds for tables of any size (decision 16): its statements are large and run once, so compiling them would
 * take seconds where it expects much of them; and whatever has an index is found by it, also right after thousands of
 * rows were written of which there are no statistics yet. `session` has the settings that the address asks for.
 */
export function beginStatements(
  session: { readonly settings: readonly RunTimeSetting[] },
  isolation: Isolation,
  lockTimeout: number,
): readonly Statement[] {
  return [
    command`BEGIN ISOLATION LEVEL ${LEVELS[isolation]}`,
    ...settingStatements(session.settings),
    command`SET LOCAL timezone TO 'UTC'`,
    command`SET LOCAL jit TO off`,
    command`SET LOCAL enable_seqscan TO off`,
    lockTimeoutStatement(lockTimeout),
  ];
}

/**
 * Makes settings for the transaction. They are no parameters of the connection's start, since a pooler refuses those or
 * hands the connection to others.
 */
export function settingStatements(settings: readonly RunTimeSetting[]): readonly Statement[] {
  return settings.map(([name, value]) => query`SELECT pg_catalog.set_config(${name}, ${value}, true)`);
}

/** Makes the transaction wait for locks of others so many milliseconds, at least one: 0 would be for ever. */
export function lockTimeoutStatement(milliseconds: number): Statement {
  return command`SET LOCAL lock_timeout TO ${Math.max(1, Math.round(milliseconds))}`;
}
