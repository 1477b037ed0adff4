/** Which rights are missing, when the database refuses a statement for want of one: its own words are translated and name one. */
import { ProvisionError } from "../diagnostics/error.ts";
import { ANCHOR, beginStatements } from "./begin.ts";
import { texts } from "./render.ts";
import { type Answer, ROLL_BACK, type Session } from "./session.ts";
import { command, query, type Statement } from "./statement.ts";

/** Longest wait for a table that is looked up, milliseconds. */
const PATIENCE = 1000;
/** So many objects are named. */
const SHOWN = 20;

/**
 * An error for a missing right (FP407), with the rights that are missing on all tables of the run and their sequences; any
 * other error as it is. Ends the transaction that failed.
 */
export async function withMissingRights(
  session: Session,
  error: ProvisionError,
  writes: boolean,
): Promise<ProvisionError> {
  try {
    await session.script(ROLL_BACK, [command`ROLLBACK`]);
    const answers = await session.script("look which right is missing", [
      ...beginStatements(session, "REPEATABLE READ READ ONLY", PATIENCE),
      missingRightsStatement([...session.mentioned], writes),
      command`ROLLBACK`,
    ]);
    return describe(error, answers.at(-2) ?? []);
  } catch {
    return error;
  }
}

/** Answers with a row for each object and right. The log is only read and appended to. */
function missingRightsStatement(names: readonly string[], writes: boolean): Statement {
  return query`WITH here AS (SELECT n.oid, n.nspname FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace WHERE o.oid = ${ANCHOR}),
t AS (SELECT c.oid, c.relname FROM pg_class c JOIN here ON here.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relname = ANY(${texts(names)}))
SELECT 'table' AS kind, t.relname::text AS name, p AS missing FROM t CROSS JOIN unnest(CASE WHEN NOT ${writes} THEN '{SELECT}'::text[]
  WHEN t.relname = 'provisioning_log' THEN '{SELECT,INSERT}' ELSE '{SELECT,INSERT,UPDATE,DELETE}' END) AS p
  WHERE NOT has_table_privilege(t.oid, p)
UNION ALL SELECT 'sequence', s.relname::text, 'USAGE' FROM t
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.deptype IN ('a', 'i')
  JOIN pg_class s ON d.classid = 'pg_class'::regclass AND s.oid = d.objid AND s.relkind = 'S'
  WHERE ${writes} AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE, UPDATE') END
UNION ALL SELECT 'schema', here.nspname::text, 'CREATE' FROM here
  WHERE ${writes} AND to_regclass(quote_ident(here.nspname) || '.provisioning_log') IS NULL AND NOT has_schema_privilege(here.oid, 'CREATE')
UNION ALL SELECT 'policy', t.relname::text, '' FROM t WHERE row_security_active(t.oid)
ORDER BY 1 DESC, 2`;
}

function describe(error: ProvisionError, rows: readonly Answer[]): ProvisionError {
  const policies = rows.filter(({ kind }) => kind === "policy").map(({ name }) => String(name));
  const rights = new Map<string, string[]>();
  for (const { kind, name, missing } of rows) {
    if (kind === "policy") continue;
    const object = `${kind} ${name}`;
    rights.set(object, [...rights.get(object) ?? [], String(missing)]);
  }
  if (rights.size > 0) {
    const list = [...rights].map(([object, missing]) => `${missing.join(", ")} on ${object}`);
    return new ProvisionError(
      error.code,
      error.exitCode,
      `${error.message}: ${shown(list, "; ")}`,
      error.hint,
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

function shown(parts: readonly string[], separator: string): string {
  const more = parts.length > SHOWN ? ` and ${parts.length - SHOWN} more` : "";
  return `${parts.slice(0, SHOWN).join(separator)}${more}`;
}
