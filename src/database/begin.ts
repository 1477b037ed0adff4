/** How a transaction of the tool begins. */
import { command, type Fragment, sql, type Statement } from "./statement.ts";

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
 * rows were written of which there are no statistics yet.
 */
export function beginStatements(isolation: Isolation, lockTimeout: number): readonly Statement[] {
  return [
    command`BEGIN ISOLATION LEVEL ${LEVELS[isolation]}`,
    command`SET LOCAL timezone TO 'UTC'`,
    command`SET LOCAL jit TO off`,
    command`SET LOCAL enable_seqscan TO off`,
    lockTimeoutStatement(lockTimeout),
  ];
}

/** Makes the transaction wait for locks of others so many milliseconds, at least one: 0 would be for ever. */
export function lockTimeoutStatement(milliseconds: number): Statement {
  return command`SET LOCAL lock_timeout TO ${Math.max(1, Math.round(milliseconds))}`;
}
