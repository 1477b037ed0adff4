/** The newest rename of rows, whatever their addresses: whether a `renamed_from` has been followed already. */
import { ids, texts } from "../database/render.ts";
import { query, type Statement } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import type { WantedRow } from "./events_of_rows.ts";
import { readLoggedRows } from "./logged_rows.ts";
import { compareRow, type RowInTable } from "./own_rows.ts";
import { logTable } from "./table.ts";

/** Where a rename led. */
export interface RowRename {
  readonly from: string;
  readonly to: string;
}

/** Reads the renames that stand of some rows by their primary keys, oldest first. */
export function renamesOfRowsStatement(schema: string, rows: readonly WantedRow[]): Statement {
  const log = logTable(schema);
  return query`SELECT w.n, l.seq::text, l.address, l.details ->> 'from' AS "from", l.rows -> 'own' AS own
FROM unnest(${ids(rows.map(({ n }) => n))}, ${texts(rows.map(({ kind }) => kind))}, ${
    texts(rows.map(({ key }) => JSON.stringify(key)))
  }) AS w(n, kind, key) JOIN ${log} l ON l.kind = w.kind AND l.rows #> '{own,key}' = w.key::jsonb
WHERE l.event <> 'created' AND l.details ? 'from' AND NOT EXISTS (SELECT FROM ${log} c
  WHERE c.seq > l.seq AND c.event IN ('deleted', 'restored') AND c.details -> 'undoes' @> to_jsonb(l.seq)) ORDER BY l.seq`;
}

/** Reads the answer; a rename of another row that had the same key does not count. */
export function readRenamesOfRows(
  answer: readonly Answer[],
  rows: readonly (WantedRow & { readonly live: RowInTable })[],
): ReadonlyMap<number, RowRename> {
  const wanted = new Map(rows.map((row) => [row.n, row.live]));
  const newest = new Map<number, RowRename>();
  for (const line of answer) {
    const n = Number(line["n"]);
    const address = String(line["address"]);
    const live = wanted.get(n);
    const { own } = readLoggedRows({ own: line["own"] }, { seq: Number(line["seq"]), address });
    if (live === undefined || compareRow(own, live) === "other") continue;
    newest.set(n, { from: String(line["from"]), to: address });
  }
  return newest;
}
