/** Reading and appending events of the provisioning log. */
import { texts } from "../database/render.ts";
import { command, type Fragment, query, type Statement } from "../database/statement.ts";
import type { EventName } from "./event_names.ts";
import { logTable } from "./table.ts";
import type { Answer } from "../database/session.ts";
import { type LoggedRows, readLoggedRows } from "./logged_rows.ts";

export type { LoggedRows, OwnRow } from "./logged_rows.ts";

/** The newest event of an address. */
export interface LastEvent {
  readonly seq: number;
  readonly event: EventName;
  readonly contentHash: string | undefined;
  readonly rows: LoggedRows;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An event to append. */
export interface NewEvent {
  readonly event: EventName;
  readonly kind: string;
  readonly address: string;
  readonly contentHash: string | undefined;
  readonly rows: LoggedRows;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Facts that all events of a run share. */
export interface RunFacts {
  readonly runId: string;
  readonly command: string;
  readonly toolVersion: string;
  readonly schemaRelease: string;
  readonly source: string;
}

/** The newest event of each address, failures aside. */
export function lastEventsStatement(schema: string, addresses: readonly string[]): Statement {
  return query`SELECT DISTINCT ON (l.address) l.seq::text, l.address, l.event, l.content_hash, l.rows, l.details
FROM unnest(${texts([...new Set(addresses)])}) AS a(address)
JOIN ${logTable(schema)} l ON l.address = a.address
WHERE l.event <> 'failed' ORDER BY l.address, l.seq DESC`;
}

/** Reads the answer of `lastEventsStatement`. Throws `ProvisionError` for an event of another form. */
export function readLastEvents(answer: readonly Answer[]): ReadonlyMap<string, LastEvent> {
  return new Map(answer.map((row) => [String(row["address"]), readEvent(row)]));
}

/** Reads one row of such an answer. Throws `ProvisionError` for an event of another form. */
export function readEvent(row: Answer): LastEvent {
  const seq = Number(row["seq"]);
  return {
    seq,
    event: String(row["event"]) as EventName,
    contentHash: typeof row["content_hash"] === "string" ? row["content_hash"] : undefined,
    rows: readLoggedRows(row["rows"], { seq, address: String(row["address"]) }),
    details: readDetails(row["details"]),
  };
}

/** Reads the column `details`; what is no mapping says nothing. */
export function readDetails(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/**
 * Reads the renames that led to some addresses, and those before them: `seq`, `address`, `from`, and `until`, the last place at which
 * the former address may be that of the entity: what the same run did there is about another one. Those of others are told by the
 * first event after them. One that was undone is none: the newest event of its address says so.
 */
export function renamesStatement(schema: string, addresses: readonly string[]): Statement {
  const log = logTable(schema);
  return query`WITH RECURSIVE r AS (SELECT l.seq, l.run_id, l.address, l.details ->> 'from' AS "from"
  FROM unnest(${texts([...new Set(addresses)])}) AS a(address) JOIN ${log} l ON l.address = a.address
  WHERE l.event <> 'created' AND l.details ? 'from'
  UNION SELECT l.seq, l.run_id, l.address, l.details ->> 'from' FROM r JOIN ${log} l ON l.address = r."from" WHERE l.event <> 'created' AND l.details ? 'from')
SELECT r.seq::text, r.address, r."from", least(r.seq, (SELECT min(m.seq) - 1 FROM ${log} m
  WHERE m.address = r."from" AND m.run_id = r.run_id AND m.event <> 'failed'))::text AS until FROM r WHERE r."from" IS NOT NULL AND NOT EXISTS (SELECT FROM ${log} c
  WHERE c.address = r.address AND c.seq > r.seq AND c.event IN ('deleted', 'restored') AND c.details -> 'undoes' @> to_jsonb(r.seq))`;
}

/** One INSERT for all events of a run, in order. */
export function appendStatement(schema: string, run: RunFacts, events: readonly NewEvent[]): Statement {
  const column = (read: (event: NewEvent) => string | null): Fragment => texts(events.map(read));
  return command`INSERT INTO ${logTable(schema)}
  (run_id, command, event, kind, address, content_hash, rows, details, tool_version, schema_release, actor, source)
SELECT ${run.runId}::uuid, ${run.command}, u.event, u.kind, u.address, u.hash, u.rows::jsonb, u.details::jsonb,
  ${run.toolVersion}, ${run.schemaRelease}, session_user, ${run.source}
FROM unnest(${column((e) => e.event)}, ${column((e) => e.kind)}, ${column((e) => e.address)},
  ${column((e) => e.contentHash ?? null)}, ${column((e) => JSON.stringify(e.rows))}, ${
    column((e) => JSON.stringify(e.details))
  })
  WITH ORDINALITY AS u(event, kind, address, hash, rows, details, n) ORDER BY u.n`;
}

/** Sorted integers as compact ranges: `[5,6,7,12]` → `5-7,12`. */
export function ranges(ids: readonly number[]): string {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    const from = sorted[at] ?? 0;
    let to = from;
    while (sorted[at + 1] === to + 1) {
      at += 1;
      to += 1;
    }
    parts.push(from === to ? String(from) : `${from}-${to}`);
    at += 1;
  }
  return parts.join(",");
}

/** The integers of `ranges()`. Their number is bounded by `checkEvents()` before. */
export function readRanges(text: string): number[] {
  return text.split(",").filter((part) => part !== "").flatMap((part) => {
    const { from, to } = readRange(part);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

/** The bounds of one range, both inclusive: `5-9`, or `5` alone. */
export function readRange(part: string): { readonly from: number; readonly to: number } {
  const [from = "0", to = from] = part.split("-");
  return { from: Number(from), to: Number(to) };
}

/** One event that stands. */
export interface ActiveEvent {
  readonly seq: number;
  readonly runId: string;
  readonly event: EventName;
  readonly kind: string;
  readonly address: string;
  readonly contentHash: string | undefined;
  /** ISO 8601, UTC. */
  readonly recordedAt: string;
  readonly rows: LoggedRows;
  readonly details: Readonly<Record<string, unknown>>;
}
