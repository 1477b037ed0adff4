/** Who may do what with the log's table. */
import { all, command, identifier, query, sql, type Statement } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { LOG_TABLE, LOG_VERSION, logRegclass, logTable } from "./table.ts";

/** Lets a role read the log and append to it. */
export function grantStatement(schema: string, role: string): Statement {
  return command`GRANT SELECT, INSERT ON ${logTable(schema)} TO ${identifier(role)}`;
}

/** Answers a row when the log has this release's version and the roles may read it and append to it. */
export function initialisedStatement(schema: string, roles: readonly string[]): Statement {
  const table = logRegclass(schema);
  const granted = roles.flatMap((role) =>
    ["SELECT", "INSERT"].map((right) => sql`has_table_privilege(${role}, ${table}, ${right})`)
  );
  return query`SELECT 1 WHERE ${
    all([sql`obj_description(${table}, 'pg_class') LIKE ${`%version ${LOG_VERSION}.`}`, ...granted])
  }`;
}

/** Refuses whoever does not own the log's table, by the name of the role that does. */
export async function refuseOtherRoles(ask: Ask, schema: string): Promise<void> {
  const [answer] = await ask("read the log", [
    query`SELECT pg_has_role(current_user, c.relowner, 'MEMBER') AS owns, pg_get_userbyid(c.relowner)::text AS owner
FROM pg_class c WHERE c.oid = ${logRegclass(schema)}`,
  ]);
  if (answer?.[0]?.["owns"] === true) return;
  throw new ProvisionError(
    "FP460",
    EXIT.failed,
    `Only the owner of ${LOG_TABLE} may prune it`,
    `Run it as the role ${JSON.stringify(String(answer?.[0]?.["owner"]))}. Nothing was changed`,
  );
}
