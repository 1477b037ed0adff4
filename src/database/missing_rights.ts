/** Which rights are missing, when the database refuses a statement for want of one: its own words are translated and name one. */
import { ProvisionError } from "../diagnostics/error.ts";
import { ANCHOR, beginStatements } from "./begin.ts";
import type { Needs } from "./needs.ts";
import { texts } from "./render.ts";
import { type Answer, ROLL_BACK, type Session } from "./session.ts";
import { command, query, type Statement } from "./statement.ts";

/** Maximum time to wait for a table that is looked up, milliseconds. */
const PATIENCE = 1000;
/** So many objects are named. */
const SHOWN = 20;

/**
 * An error for a missing right (FP407), with all rights that the statements so far need and the user does not have; any other
 * error as it is. `creates` is the table that a transaction which writes creates when there is none; undefined for one that
 * reads. Ends the transaction that failed.
 */
export async function withMissingRights(
  session: Session,
  error: ProvisionError,
  creates: string | undefined,
): Promise<ProvisionError> {
  try {
    await session.script(ROLL_BACK, [command`ROLLBACK`]);
    const answers = await session.script("look which right is missing", [
      ...beginStatements(session, "REPEATABLE READ READ ONLY", PATIENCE),
      missingRightsStatement(session.needs, creates),
      command`ROLLBACK`,
    ]);
    return describe(error, answers.at(-2) ?? []);
  } catch {
    return error;
  }
}

/** Answers with a row for each object and right. Every table that is named is read. */
function missingRightsStatement(needs: Needs, creates: string | undefined): Statement {
  const names = texts(needs.names());
  const written = needs.writes();
  const writes = creates !== undefined;
  return query`WITH here AS (SELECT n.oid, n.nspname FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace WHERE o.oid = ${ANCHOR}),
t AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN here ON here.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'S') AND c.relname = ANY(${names})),
needed AS (SELECT t.oid, t.relname, 'SELECT' AS p FROM t WHERE t.relkind <> 'S'
  UNION ALL SELECT t.oid, t.relname, w.p FROM unnest(${texts(written.map(([table]) => table))}, ${
    texts(written.map(([, right]) => right))
  }) AS w (name, p) JOIN t ON t.relname = w.name AND t.relkind <> 'S')
SELECT m.*, quote_ident(m.name) AS quoted, quote_ident((SELECT nspname FROM here)) AS schema, quote_ident(current_user) AS role FROM (
SELECT 'table' AS kind, n.relname::text AS name, n.p AS missing FROM needed n WHERE NOT has_table_privilege(n.oid, n.p)
UNION ALL SELECT 'sequence', t.relname::text, 'USAGE' FROM t
  WHERE ${writes} AND CASE WHEN t.relkind = 'S' THEN NOT has_sequence_privilege(t.oid, 'USAGE, UPDATE') END
UNION ALL SELECT 'schema', here.nspname::text, 'CREATE' FROM here
  WHERE ${writes} AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = here.oid AND c.relname = ${
    creates ?? null
  })
    AND NOT has_schema_privilege(here.oid, 'CREATE')
UNION ALL SELECT 'policy', t.relname::text, '' FROM t WHERE t.relkind <> 'S' AND row_security_active(t.oid)
) m ORDER BY 1 DESC, 2, 3`;
}

function describe(error: ProvisionError, rows: readonly Answer[]): ProvisionError {
  const policies = rows.filter(({ kind }) => kind === "policy").map(({ name }) => String(name));
  const rights = [
    ...Map.groupBy(rows.filter(({ kind }) => kind !== "policy"), ({ kind, name }) => `${kind} ${name}`),
  ];
  if (rights.length > 0) {
    const missing = (group: readonly Answer[]): string =>
      group.map((row) => String(row["missing"])).join(", ");
    const grants = rights.map(([, group]) => `GRANT ${missing(group)} ON ${grantee(group[0] ?? {})}`);
    return new ProvisionError(
      error.code,
      error.exitCode,
      `${error.message}: ${shown(rights.map(([object, group]) => `${missing(group)} on ${object}`), "; ")}`,
      `${error.hint}. For what is named here: ${shown(grants, "; ")}`,
    );
  }
  if (policies.length === 0) return error;
  return new ProvisionError(
    "FP419",
    error.exitCode,
    `${error.message.replace(/: .*$/s, "")}: row level security may hide rows from the database user, of ${
      policies.length === 1 ? "table" : "tables"
    } ${shown(policies, ", ")}`,
    "Nothing was changed. What is hidden would count as missing: connect as the owner of the tables, or give the user BYPASSRLS",
  );
}

/** An object and the user, as a GRANT names them. */
function grantee({ kind, schema, quoted, role }: Answer): string {
  const object = kind === "schema"
    ? `SCHEMA ${quoted}`
    : `${kind === "sequence" ? "SEQUENCE " : ""}${schema}.${quoted}`;
  return `${object} TO ${role}`;
}

function shown(parts: readonly string[], separator: string): string {
  const more = parts.length > SHOWN ? ` and ${parts.length - SHOWN} more` : "";
  return `${parts.slice(0, SHOWN).join(separator)}${more}`;
}
