/** Dropping a command's own past from the log: a server that resets all day must not make it grow (`docs/decisions`). */
import { command, type Fragment, identifier, sql, type Statement } from "../database/statement.ts";
import { logTable } from "./table.ts";
import type { RunFacts } from "./events.ts";

/** The address of the one event that says how much was dropped. */
export const SHORTENED_ADDRESS = "log:serve";

/**
 * Statements that drop what earlier runs of the same command wrote and later ones undid: closed events, the events that
 * closed them, failures. What the run of `facts` wrote stays, and so does every event that still stands, every event of
 * another command, and every closing event that one of those needs. One `pruned` event counts all that went, ever.
 */
export function shortenStatements(schema: string, facts: RunFacts): readonly Statement[] {
  const log = logTable(schema);
  const named = (alias: string): Fragment =>
    sql`jsonb_array_elements_text(CASE jsonb_typeof(${
      identifier(alias)
    }.details -> 'undoes') WHEN 'array' THEN ${identifier(alias)}.details -> 'undoes' ELSE '[]' END)`;
  return [
    command`SET LOCAL flagsmith_provision.prune TO 'on'`,
    command`WITH own AS MATERIALIZED (SELECT l.seq, l.event, l.details FROM ${log} l
  WHERE l.command = ${facts.command} AND l.run_id <> ${facts.runId}::uuid),
undone AS MATERIALIZED (SELECT DISTINCT u.seq::bigint AS seq FROM ${log} c, ${named("c")} AS u(seq)
  WHERE c.event IN ('deleted', 'restored')),
closed AS MATERIALIZED (SELECT o.seq FROM own o JOIN undone USING (seq) WHERE o.event IN ('created', 'updated', 'adopted', 'renamed', 'rotated')),
needed AS (SELECT l.seq FROM ${log} l WHERE NOT EXISTS (SELECT FROM closed WHERE closed.seq = l.seq)),
closers AS (SELECT o.seq FROM own o WHERE o.event IN ('deleted', 'restored')
  AND NOT EXISTS (SELECT FROM ${named("o")} AS u(seq) JOIN needed n ON n.seq = u.seq::bigint)
  AND NOT EXISTS (SELECT FROM jsonb_array_elements(CASE jsonb_typeof(o.details -> 'corrects') WHEN 'array' THEN o.details -> 'corrects' ELSE '[]' END) AS k(change)
    JOIN needed n ON n.seq = (k.change ->> 'seq')::bigint)),
gone AS (DELETE FROM ${log} l WHERE l.seq IN (SELECT seq FROM closed UNION ALL SELECT seq FROM closers
  UNION ALL SELECT seq FROM own WHERE event IN ('failed', 'pruned')) RETURNING l.event, l.details)
INSERT INTO ${log} (run_id, command, event, kind, address, rows, details, tool_version, schema_release, actor, source)
SELECT ${facts.runId}::uuid, ${facts.command}, 'pruned', 'log', ${SHORTENED_ADDRESS}, '{}',
  jsonb_build_object('events', sum(CASE event WHEN 'pruned' THEN (details ->> 'events')::bigint ELSE 1 END)), ${facts.toolVersion}, ${facts.schemaRelease}, session_user, ${facts.source}
FROM gone HAVING count(*) > 0`,
    command`SET LOCAL flagsmith_provision.prune TO 'off'`,
  ];
}
