/**
 * What makes SDKs notice that the flags of an environment have changed
 * (`docs/flagsmith/caches.md#environment-document`).
 */
import { command, type Fragment, type Statement, tableIn } from "./statement.ts";

/**
 * Statements that move `updated_at` of environments forward and forget their cached documents; `which` is a condition on
 * `environments_environment`. An SDK with local evaluation asks with the time of its last answer, and HTTP's times are
 * whole seconds: the new time is in a later second than the one before, whatever clock that was taken from (decision 9).
 */
export function touchStatements(
  schema: string,
  withDocuments: boolean,
  which: Fragment,
): readonly Statement[] {
  const table = tableIn(schema, "environments_environment");
  return [
    command`UPDATE ${table} SET updated_at = greatest(clock_timestamp(), date_trunc('second', updated_at) + interval '1 second') WHERE ${which}`,
    ...(withDocuments ? [forgetStatement(schema, which)] : []),
  ];
}

/** Removes the cached documents of environments; the cache is keyed by the client-side key. */
export function forgetStatement(schema: string, which: Fragment): Statement {
  return command`DELETE FROM ${tableIn(schema, "environment-documents")}
WHERE cache_key IN (SELECT ':1:' || api_key FROM ${
    tableIn(schema, "environments_environment")
  } WHERE ${which})`;
}
