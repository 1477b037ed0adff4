/** Reading the provisioning log for people and programs: filters, newest first. */
import { array, texts } from "../database/render.ts";
import { all, column, type Fragment, NOTHING, query, sql, type Statement } from "../database/statement.ts";
import { logTable } from "./table.ts";
import { EVENT_NAMES, type EventName } from "./event_names.ts";
import type { LoggedRows } from "./events.ts";
import type { Answer } from "../database/session.ts";

/** Which events are wanted; an empty list asks for all. */
export interface LogFilter {
  readonly runs: readonly string[];
  readonly addresses: readonly string[];
  readonly kinds: readonly string[];
  readonly events: readonly string[];
  /** Milliseconds since 1970, inclusive. */
  readonly since: number | undefined;
  /** Milliseconds since 1970, exclusive. */
  readonly until: number | undefined;
  /** Longest list; undefined for all. */
  readonly limit: number | undefined;
}

/** One event as it is in the log. */
export interface LogEntry {
  readonly seq: number;
  readonly runId: string;
  /** ISO 8601, UTC. */
  readonly recordedAt: string;
  readonly command: string;
  readonly event: EventName;
  readonly kind: string;
  readonly address: string;
  readonly contentHash: string | undefined;
  readonly rows: LoggedRows;
  readonly details: Readonly<Record<string, unknown>>;
  readonly toolVersion: string;
  readonly schemaRelease: string;
  readonly actor: string;
  readonly source: string;
}

/** One run, with the number of its events that the filter lets through. */
export interface LogRun {
  readonly runId: string;
  /** When its first event was written; ISO 8601, UTC. */
  readonly recordedAt: string;
  readonly command: string;
  readonly toolVersion: string;
  readonly schemaRelease: string;
  readonly actor: string;
  readonly source: string;
  /** In the order of `EVENT_NAMES`. */
  readonly counts: Readonly<Record<string, number>>;
}

const time = (expression: Fragment): Fragment =>
  sql`to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The newest events, and one more than the limit when there are more. */
export function entriesStatement(schema: string, filter: LogFilter): Statement {
  return query`SELECT l.seq::text, l.run_id::text, ${
    time(sql`l.recorded_at`)
  } AS recorded_at, l.command, l.event, l.kind, l.address, l.content_hash, l.rows, l.details, l.tool_version, l.schema_release, l.actor, l.source
FROM ${logTable(schema)} l${where(filter)} ORDER BY l.seq DESC${limit(filter)}`;
}

/** The newest runs, and one more than the limit when there are more. */
export function runsStatement(schema: string, filter: LogFilter): Statement {
  const log = logTable(schema);
  return query`SELECT run_id::text, ${
    time(sql`min(first)`)
  } AS recorded_at, command, tool_version, schema_release, actor, source,
  json_object_agg(event, n) AS counts FROM (
    SELECT l.run_id, l.command, l.tool_version, l.schema_release, l.actor, l.source, l.event, count(*)::int AS n, min(l.recorded_at) AS first, max(l.seq) AS newest
    FROM ${log} l${where(filter)} GROUP BY 1, 2, 3, 4, 5, 6, 7) e
GROUP BY run_id, command, tool_version, schema_release, actor, source ORDER BY max(newest) DESC${
    limit(filter)
  }`;
}

function where({ runs, addresses, kinds, events, since, until }: LogFilter): Fragment {
  const among = (name: string, values: readonly string[]): readonly Fragment[] =>
    values.length === 0 ? [] : [sql`${column("l", name)} = ANY(${texts(values)})`];
  const conditions = [
    ...(runs.length === 0 ? [] : [sql`l.run_id = ANY(${array(runs, sql`uuid`)})`]),
    ...among("address", addresses),
    ...among("kind", kinds),
    ...among("event", events),
    ...(since === undefined ? [] : [sql`l.recorded_at >= ${new Date(since).toISOString()}::timestamptz`]),
    ...(until === undefined ? [] : [sql`l.recorded_at < ${new Date(until).toISOString()}::timestamptz`]),
  ];
  return conditions.length === 0 ? NOTHING : sql` WHERE ${all(conditions)}`;
}

function limit(filter: LogFilter): Fragment {
  return filter.limit === undefined ? NOTHING : sql` LIMIT ${Math.trunc(filter.limit) + 1}`;
}

/** Reads the answer of `entriesStatement`. */
export function readEntries(answer: readonly Answer[]): readonly LogEntry[] {
  return answer.map((row) => ({
    ...sharedOf(row),
    seq: Number(row["seq"]),
    event: String(row["event"]) as EventName,
    kind: String(row["kind"]),
    address: String(row["address"]),
    contentHash: typeof row["content_hash"] === "string" ? row["content_hash"] : undefined,
    rows: (row["rows"] ?? {}) as LoggedRows,
    details: (row["details"] ?? {}) as Readonly<Record<string, unknown>>,
  }));
}

/** Reads the answer of `runsStatement`. */
export function readRuns(answer: readonly Answer[]): readonly LogRun[] {
  return answer.map((row) => {
    const counts: Record<string, unknown> = Object(row["counts"]);
    return {
      ...sharedOf(row),
      counts: Object.fromEntries(
        EVENT_NAMES.filter((event) => event in counts).map((event) => [event, Number(counts[event])]),
      ),
    };
  });
}

function sharedOf(row: Answer): Omit<LogRun, "counts"> {
  return {
    runId: String(row["run_id"]),
    recordedAt: String(row["recorded_at"]),
    command: String(row["command"]),
    toolVersion: String(row["tool_version"]),
    schemaRelease: String(row["schema_release"]),
    actor: String(row["actor"]),
    source: String(row["source"]),
  };
}
