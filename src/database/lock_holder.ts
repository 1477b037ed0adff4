/** Who is in the way: the sessions that hold what a run waited for in vain, in words. */
import { ProvisionError } from "../diagnostics/error.ts";
import { command, type Fragment, query, sql, type Statement } from "./statement.ts";
import { ANCHOR, beginStatements } from "./begin.ts";
import { type Answer, ROLL_BACK, type Session } from "./session.ts";

/** What every `application_name` of this tool begins with; the command follows, and in a transaction the run. */
export const APPLICATION = "flagsmith-provision";

/** Maximum time to wait for a table that is looked up, milliseconds. */
const PATIENCE = 1000;

/** The key of the tool's lock, a bigint: one run at a time per database and log table. */
export const LOCK_KEY: Fragment =
  sql`hashtextextended('flagsmith-provision ' || current_database() || ' ' || coalesce(${ANCHOR}::text, ''), 0)`;

/**
 * The `application_name` of a run's transaction. The run's id stands without its dashes: with them, and the longest
 * command, the name would be cut off at PostgreSQL's 63 characters.
 */
export function applicationOf(command: string, runId: string): string {
  return `${APPLICATION} ${command} ${runId.replaceAll("-", "")}`;
}

/** What is known of a session; times and states of other roles' sessions are hidden without `pg_read_all_stats`. */
const SESSION =
  sql`a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS role,
  to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
  round(extract(epoch FROM clock_timestamp() - a.xact_start))::text AS seconds, coalesce(a.state, '') LIKE 'idle%' AS idle`;

const HERE = sql`(SELECT d.oid FROM pg_database d WHERE d.datname = current_database())`;

/** Answers with the session that holds the tool's lock. */
export function lockHolderStatement(): Statement {
  return query`SELECT ${SESSION}, '{}'::text[] AS tables, true AS strong
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.database = ${HERE} AND l.pid <> pg_backend_pid() AND l.objsubid = 1
  AND (l.classid::bigint << 32) | l.objid::bigint = ${LOCK_KEY}`;
}

/**
 * Answers with the sessions that hold locks on tables beside Flagsmith's, the strongest ones only: who has locked a whole
 * table, else who has written rows of one, else who has read one.
 */
export function tableHoldersStatement(): Statement {
  return query`SELECT pid, application, role, since, seconds, idle, tables, strength = 3 AS strong FROM (
SELECT ${SESSION}, to_json(array_agg(DISTINCT c.relname::text ORDER BY c.relname::text)) AS tables, s.strength,
  rank() OVER (ORDER BY s.strength DESC) AS place, a.xact_start
FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid
JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
CROSS JOIN LATERAL (SELECT CASE WHEN l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') THEN 3
  WHEN l.mode IN ('RowShareLock', 'RowExclusiveLock') THEN 2 ELSE 1 END AS strength) s
WHERE l.locktype = 'relation' AND l.granted AND l.database = ${HERE} AND l.pid <> pg_backend_pid()
  AND c.relnamespace = (SELECT o.relnamespace FROM pg_class o WHERE o.oid = ${ANCHOR})
GROUP BY a.pid, a.application_name, a.usename, a.xact_start, a.state, s.strength
) h WHERE place = 1 ORDER BY xact_start NULLS LAST, pid LIMIT 3`;
}

/**
 * A lock that was not given in time, with the words on who holds it; any other error as it is. Ends the transaction that
 * failed. Nothing is promised: who held it may have released it since, and what cannot be learned is left out.
 */
export async function describeLockHolder(
  session: Session,
  error: unknown,
  waitedFor: "run" | "tables",
): Promise<unknown> {
  if (!(error instanceof ProvisionError) || error.code !== "FP405") return error;
  try {
    await session.script(ROLL_BACK, [command`ROLLBACK`]);
    const answers = await session.script("look who holds the lock", [
      ...beginStatements(session, "REPEATABLE READ READ ONLY", PATIENCE),
      waitedFor === "run" ? lockHolderStatement() : tableHoldersStatement(),
      command`ROLLBACK`,
    ]);
    return describeHolders(error, answers.at(-2) ?? []);
  } catch {
    return error;
  }
}

/** The error with the holders in its message and the missing right in its hint. */
export function describeHolders(error: ProvisionError, rows: readonly Answer[]): ProvisionError {
  const cannot = error.message.replace(/: .*$/, "");
  const message = rows.length === 0
    ? `${cannot}: another session held the lock, and has released it since`
    : `${cannot}: ${rows.map(describeHolder).join("; ")}`;
  const hidden = rows.some((row) => row["since"] === null);
  const hint = hidden
    ? `${error.hint}. Since when it is held is shown to the role of that session and to members of pg_read_all_stats`
    : error.hint;
  return new ProvisionError(error.code, error.exitCode, message, hint);
}

function describeHolder(row: Answer): string {
  const application = String(row["application"]);
  const [, command, run = ""] =
    new RegExp(`^${APPLICATION} (\\S+(?: \\S+)*?)(?: ([0-9a-f]{32}))?$`).exec(application) ?? [];
  const who = command !== undefined
    ? `${APPLICATION} ${command}`
    : application === ""
    ? "a session without application_name"
    : JSON.stringify(application);
  const about = [
    `process ${row["pid"]}`,
    ...(run === "" ? [] : [`run ${run.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")}`]),
    `role ${JSON.stringify(String(row["role"]))}`,
    ...(row["since"] === null ? [] : [`since ${row["since"]}, ${row["seconds"]} s ago`]),
    ...(row["idle"] === true ? ["idle in its transaction"] : []),
  ].join(", ");
  const tables = Array.isArray(row["tables"]) ? row["tables"].map(String) : [];
  const named = tables.length <= 3
    ? tables.join(", ")
    : `${tables.slice(0, 3).join(", ")} and ${tables.length - 3} more`;
  const does = tables.length === 0
    ? "holds the lock"
    : row["strong"] === true
    ? `has locked ${named}`
    : `has an open transaction on ${named}`;
  return `${who} ${does} (${about})`;
}
