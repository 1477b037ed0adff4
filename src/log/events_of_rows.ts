/** The newest events of rows, whatever address they were logged by: for rows that somebody renamed. */
import { ids, texts } from "../database/render.ts";
import { query, type Statement } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import type { LastEvent } from "./events.ts";
import { readEvent } from "./events.ts";
import type { OwnRow } from "./logged_rows.ts";
import { readLoggedRows } from "./logged_rows.ts";
import { logTable } from "./table.ts";

/** A row to look for. */
export interface WantedRow {
  /** What the answer calls it by. */
  readonly n: number;
  readonly kind: string;
  readonly key: OwnRow["key"];
}

/** What the log says of a row by one address. */
export interface EventOfRow {
  readonly n: number;
  readonly address: string;
  /** How the log knows the row. */
  readonly own: OwnRow | undefined;
  /** The newest event of the address while it was that of the row. */
  readonly event: LastEvent;
  /** The place of the first event of the address that is about another row; `Infinity` without such. */
  readonly until: number;
}

/** Reads them by the primary keys of the rows, which may be those of former rows: `compareRow` tells. */
export function eventsOfRowsStatement(schema: string, rows: readonly WantedRow[]): Statement {
  const log = logTable(schema);
  return query`WITH o AS MATERIALIZED (SELECT DISTINCT ON (w.n, l.address) w.n, l.seq, l.address, l.rows -> 'own' AS own
  FROM unnest(${ids(rows.map(({ n }) => n))}, ${texts(rows.map(({ kind }) => kind))}, ${
    texts(rows.map(({ key }) => JSON.stringify(key)))
  }) AS w(n, kind, key) JOIN ${log} l ON l.kind = w.kind AND l.rows #> '{own,key}' = w.key::jsonb
  ORDER BY w.n, l.address, l.seq DESC)
SELECT o.n, o.own, u.until::text, e.* FROM o
CROSS JOIN LATERAL (SELECT min(c.seq) AS until FROM ${log} c WHERE c.address = o.address AND c.seq > o.seq AND c.rows ? 'own'
  AND (c.rows #> '{own,key}', c.rows #> '{own,uuid}') IS DISTINCT FROM (o.own -> 'key', o.own -> 'uuid')) u
CROSS JOIN LATERAL (SELECT c.seq::text, c.address, c.event, c.content_hash, c.rows, c.details FROM ${log} c
  WHERE c.address = o.address AND c.event <> 'failed' AND (u.until IS NULL OR c.seq < u.until) ORDER BY c.seq DESC LIMIT 1) e
ORDER BY o.seq`;
}

/** Reads the answer of `eventsOfRowsStatement`; what was logged last comes last. */
export function readEventsOfRows(answer: readonly Answer[]): readonly EventOfRow[] {
  return answer.map((row) => {
    const address = String(row["address"]);
    const { own } = readLoggedRows({ own: row["own"] }, { seq: Number(row["seq"]), address });
    return {
      n: Number(row["n"]),
      address,
      own,
      event: readEvent(row),
      until: typeof row["until"] !== "string" ? Infinity : Number(row["until"]),
    };
  });
}
