/**
 * Which rights are missing, when the database refuses a statement for want of one: its own words are translated and name
 * one. All that the command needs is asked for at once.
 */
import { ProvisionError } from "../diagnostics/error.ts";
import { ANCHOR, anchorAt, beginStatements, searchedNames } from "./begin.ts";
import { missingRight, MissingRightError } from "./errors.ts";
import { Needs } from "./needs.ts";
import { texts } from "./render.ts";
import { type Answer, type PossibleNeeds, type Read, ROLL_BACK, type Session } from "./session.ts";
import { command, query, type Statement } from "./statement.ts";

/** Maximum time to wait for a table that is looked up, milliseconds. */
const PATIENCE = 1000;
/** So many tables are named of those that have policies. */
const SHOWN = 20;

/** True for errors behind which a missing right may be: what lies in a schema that one may not use is not found. */
export function mayLackRight(error: unknown): error is ProvisionError {
  return error instanceof ProvisionError && ["FP407", "FP409", "FP420"].includes(error.code);
}

/**
 * An error for a missing right (FP407), with all rights that the command needs and the user does not have; any other error as
 * it is. Ends the transaction that failed.
 */
export async function withMissingRights(session: Session, error: ProvisionError): Promise<ProvisionError> {
  try {
    await session.script(ROLL_BACK, [command`ROLLBACK`]);
    const looking = "look which right is missing";
    const read: Read = (statements) => session.script(looking, statements, { inTransaction: true });
    await session.script(looking, beginStatements(session, "REPEATABLE READ READ ONLY", PATIENCE));
    try {
      return await explain(session, read, error);
    } finally {
      await session.script(ROLL_BACK, [command`ROLLBACK`]);
    }
  } catch {
    return error;
  }
}

async function explain(session: Session, read: Read, error: ProvisionError): Promise<ProvisionError> {
  const isHidden = await findHidden(read);
  if (!isHidden && error.code !== "FP407") return error;
  const [here] = await read([
    query`SELECT n.nspname::text AS schema FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace WHERE o.oid = ${ANCHOR}`,
  ]);
  const schema = here?.[0]?.["schema"];
  if (typeof schema !== "string") return error;
  const possible = await session.mayNeed?.(read);
  const needs = needsOf(error, possible, schema);
  const [answer] = await read([missingStatement(needs, possible?.creates)]);
  const base = error.code === "FP407"
    ? error
    : missingRight(/^Cannot (.*?):/s.exec(error.message)?.[1] ?? "read the schema", "Nothing was changed");
  return describe(base, answer ?? []);
}

/**
 * Looks for Flagsmith's tables in the schemas of the search path that the user may not use, when they are in no other; true
 * when they are there. The transaction knows them then.
 */
async function findHidden(read: Read): Promise<boolean> {
  const [answer] = await read([
    query`SELECT o.oid::text AS anchor FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
WHERE ${ANCHOR} IS NULL AND o.relname = 'organisations_organisation' AND o.relkind IN ('r', 'p')
  AND n.nspname::text = ANY(${searchedNames()}::text[]) AND NOT has_schema_privilege(n.oid, 'USAGE')
ORDER BY array_position(${searchedNames()}, n.nspname::text) LIMIT 1`,
  ]);
  const anchor = answer?.[0]?.["anchor"];
  if (typeof anchor !== "string") return false;
  await read([anchorAt(anchor)]);
  return true;
}

/** What failed, and what would have come after it. */
function needsOf(error: ProvisionError, possible: PossibleNeeds | undefined, schema: string): Needs {
  const needs = new Needs();
  const sequel = error instanceof MissingRightError ? error.sequel : "everything";
  if (error instanceof MissingRightError) needs.addStatements(error.statements, schema);
  if (possible === undefined || sequel === "nothing") return needs;
  needs.addAll(possible.writing);
  return sequel === "writing" ? needs : needs.addAll(possible.removing).addAll(possible.looks);
}

/** Answers with a row for each object and right. A right on the columns in question is as good as one on their table. */
function missingStatement(needs: Needs, creates: string | undefined): Statement {
  const { tables } = needs;
  const words = tables.map((need) => need.words === undefined ? null : JSON.stringify([...need.words]));
  return query`WITH here AS (SELECT n.oid, n.nspname FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace WHERE o.oid = ${ANCHOR}),
w AS MATERIALIZED (SELECT c.oid, c.relname, u.p, u.words::jsonb AS words
  FROM unnest(${texts(tables.map(({ table }) => table))}, ${texts(tables.map(({ right }) => right))}, ${
    texts(words)
  }) AS u(name, p, words)
  JOIN pg_class c ON c.relname = u.name AND c.relkind IN ('r', 'p') JOIN here ON here.oid = c.relnamespace)
SELECT m.*, quote_ident(m.name) AS quoted, quote_ident((SELECT nspname FROM here)) AS schema, quote_ident(current_user) AS role FROM (
SELECT 1 AS place, 'schema' AS kind, here.nspname::text AS name, p AS missing FROM here CROSS JOIN unnest(ARRAY['CREATE', 'USAGE']) AS p
  WHERE NOT has_schema_privilege(here.oid, p) AND (p = 'USAGE' OR ${creates !== undefined}
    AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = here.oid AND c.relname = ${
    creates ?? null
  }))
UNION ALL SELECT 2, 'table', w.relname::text, w.p FROM w WHERE NOT has_table_privilege(w.oid, w.p)
  AND CASE WHEN w.p = 'DELETE' OR NOT has_any_column_privilege(w.oid, w.p) THEN true
    ELSE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
      AND (w.words ? a.attname::text OR w.words ? '*') AND NOT has_column_privilege(w.oid, a.attnum, w.p)) END
UNION ALL SELECT 3, 'sequence', c.relname::text, 'USAGE' FROM pg_class c JOIN here ON here.oid = c.relnamespace
  WHERE c.relkind = 'S' AND c.relname = ANY(${texts(needs.sequences)})
    AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE, UPDATE') END
UNION ALL SELECT DISTINCT 4, 'policy', w.relname::text, '' FROM w WHERE row_security_active(w.oid)
) m ORDER BY 1, 3, 4`;
}

function describe(error: ProvisionError, rows: readonly Answer[]): ProvisionError {
  const policies = rows.filter(({ kind }) => kind === "policy").map(({ name }) => String(name));
  const rights = groupsOf(rows.filter(({ kind }) => kind !== "policy"));
  if (rights.length > 0) {
    return new ProvisionError(
      error.code,
      error.exitCode,
      `${error.message}: ${rights.map(missingWords).join("; ")}`,
      `${error.hint}. For what is named here: ${rights.map(grantWords).join("; ")}`,
    );
  }
  if (policies.length === 0) return error;
  return new ProvisionError(
    "FP419",
    error.exitCode,
    `${error.message.replace(/: .*$/s, "")}: row level security may hide rows from the database user, of ${
      policies.length === 1 ? "table" : "tables"
    } ${shown(policies)}`,
    "Nothing was changed. What is hidden would count as missing: connect as the owner of the tables, or give the user BYPASSRLS",
  );
}

/** Objects of one sort on which the same rights are missing. */
interface Group {
  readonly kind: string;
  readonly rights: string;
  /** The objects; the first is there. */
  readonly objects: readonly Answer[];
}

function groupsOf(rows: readonly Answer[]): readonly Group[] {
  const objects = Map.groupBy(rows, ({ kind, name }) => JSON.stringify([kind, name]));
  const groups = Map.groupBy(
    [...objects.values()].map((each) => ({ rights: each.map((row) => row["missing"]).join(", "), each })),
    ({ rights, each: [row] }) => JSON.stringify([row?.["kind"], rights]),
  );
  return [...groups.values()].map((group) => ({
    kind: String(group[0]?.each[0]?.["kind"]),
    rights: group[0]?.rights ?? "",
    objects: group.flatMap(({ each }) => each.slice(0, 1)),
  }));
}

function missingWords({ kind, rights, objects }: Group): string {
  const names = objects.map(({ name }) => name).join(", ");
  return `${rights} on ${kind}${objects.length === 1 ? "" : "s"} ${names}`;
}

function grantWords({ kind, rights, objects }: Group): string {
  const names = objects.map(({ schema, quoted }) => kind === "schema" ? quoted : `${schema}.${quoted}`);
  const word = kind === "table" ? "" : `${kind.toUpperCase()} `;
  return `GRANT ${rights} ON ${word}${names.join(", ")} TO ${objects[0]?.["role"]}`;
}

function shown(parts: readonly string[]): string {
  const more = parts.length > SHOWN ? ` and ${parts.length - SHOWN} more` : "";
  return `${parts.slice(0, SHOWN).join(", ")}${more}`;
}
