/** The events of the log that still stand: what was done and not undone since. */
import { query, type Statement } from "../database/statement.ts";
import { logTable } from "./table.ts";
import { checkEvents, isRanges } from "./event_bounds.ts";
import type { EventName } from "./event_names.ts";
import { type ActiveEvent, readDetails, readRanges } from "./events.ts";
import { isDeletedRow, type LoggedRows, readLoggedRows } from "./logged_rows.ts";
import type { Answer } from "../database/session.ts";
import type { RowSet } from "../database/row_set.ts";
import { withParents } from "./legacy_events.ts";

export type { ActiveEvent } from "./events.ts";

/** Reads the events that stand, oldest first. An event is closed by the list `undoes` of a later one. */
export function openEventsStatement(schema: string): Statement {
  const log = logTable(schema);
  return query`WITH undone AS (SELECT DISTINCT u.seq::bigint AS seq FROM ${log} c, jsonb_array_elements_text(c.details -> 'undoes') AS u(seq)
  WHERE c.event IN ('deleted', 'restored') AND jsonb_typeof(c.details -> 'undoes') = 'array')
SELECT l.seq::text, l.run_id::text, l.event, l.kind, l.address, l.content_hash, l.recorded_at, l.rows, l.details FROM ${log} l
WHERE l.event IN ('created', 'updated', 'adopted', 'renamed', 'rotated') AND NOT EXISTS (SELECT FROM undone WHERE undone.seq = l.seq)
ORDER BY l.seq`;
}

/**
 * Reads the corrections that undoing in the middle of a chain of runs left: the old value of a column, or, without a column,
 * a row that is not to be restored.
 */
export function correctionsStatement(schema: string): Statement {
  return query`SELECT l.details -> 'corrects' AS corrects FROM ${
    logTable(schema)
  } l WHERE l.event IN ('deleted', 'restored') AND l.details ? 'corrects' ORDER BY l.seq`;
}

/** Reads the answers of both statements. Throws `ProvisionError` for an event that is none of this program. */
export function readActiveEvents(
  events: readonly Answer[],
  corrections: readonly Answer[],
): readonly ActiveEvent[] {
  const corrected = new Map<string, Corrected>();
  for (const { corrects } of corrections) {
    for (const entry of Array.isArray(corrects) ? corrects : []) {
      const { seq, table, key, column, old, row }: Record<string, unknown> = Object(entry);
      const of = corrected.get(String(seq)) ?? { values: new Map(), rows: new Map() };
      corrected.set(String(seq), of);
      if (column === undefined && row === undefined) of.rows.set(changeKey(table, key), "forgotten");
      else if (column === undefined) {
        if (isDeletedRow(entry)) of.rows.set(changeKey(table, key), entry);
      } else of.values.set(changeKey(table, key, column), old);
    }
  }
  const read = events.map((row): ActiveEvent => {
    const [seq, address] = [Number(row["seq"]), String(row["address"])];
    const rows = readLoggedRows(row["rows"], { seq, address });
    return {
      seq,
      runId: String(row["run_id"]),
      event: String(row["event"]) as EventName,
      kind: String(row["kind"]),
      address,
      contentHash: typeof row["content_hash"] === "string" ? row["content_hash"] : undefined,
      recordedAt: String(row["recorded_at"]),
      rows: withCorrections(rows, corrected.get(String(seq))),
      details: readDetails(row["details"]),
    };
  });
  checkEvents(read);
  return withParents(read);
}

/** A row that an event deleted. */
type DeletedRow = NonNullable<LoggedRows["deleted"]>[number];

/** What later teardowns say of an event: old values of columns, and rows that it deleted as well or that are not to be restored. */
interface Corrected {
  readonly values: Map<string, unknown>;
  readonly rows: Map<string, DeletedRow | "forgotten">;
}

/** Names a row, or a column of it. */
function changeKey(table: unknown, key: unknown, column?: unknown): string {
  return JSON.stringify([table, key, column]);
}

function withCorrections(rows: LoggedRows, corrected: Corrected | undefined): LoggedRows {
  if (corrected === undefined) return rows;
  const { values } = corrected;
  const { updated, deleted, ...rest } = rows;
  const all = [
    ...(deleted ?? []).filter(({ table, key }) => !corrected.rows.has(changeKey(table, key))),
    ...[...corrected.rows.values()].filter((row) => row !== "forgotten"),
  ];
  const valueOf = (table: string, key: unknown, column: string, value: unknown): unknown => {
    const at = changeKey(table, key, column);
    return values.has(at) ? values.get(at) : value;
  };
  return {
    ...rest,
    ...(updated === undefined ? {} : {
      updated: updated.map(({ table, key, columns }) => ({
        table,
        key,
        columns: Object.fromEntries(
          Object.entries(columns).map((
            [column, [old, now]],
          ) => [column, [valueOf(table, key, column, old), now] as const]),
        ),
      })),
    }),
    ...(all.length === 0 ? {} : {
      deleted: all.map(({ table, key, row }) => ({
        table,
        key,
        row: Object.fromEntries(
          Object.entries(row).map(([column, value]) => [column, valueOf(table, key, column, value)]),
        ),
      })),
    }),
  };
}

/** The rows that an event inserted, by table; master API keys by their prefix, as the log names them. */
export function insertedBy(event: ActiveEvent): RowSet {
  return new Map(
    Object.entries(event.rows.inserted ?? {}).map((
      [table, text],
    ) => [table, new Set(isRanges(text) ? readRanges(text).map(String) : text.split(","))]),
  );
}

/** The key of an event's own row as text; undefined when it has none. */
export function ownKey(event: ActiveEvent): { readonly table: string; readonly key: string } | undefined {
  const { own } = event.rows;
  const key = own === undefined ? undefined : Object.values(own.key)[0];
  return own === undefined || key === undefined ? undefined : { table: own.table, key: String(key) };
}
