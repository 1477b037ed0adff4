/** Whether the rows that the log names are still the ones that were written: ids are used again after a flush. */
import { PUBLIC_KEYS } from "../kinds/public_keys.ts";
import { array, ids as idArray, texts, typeName } from "../database/render.ts";
import {
  column as columnOf,
  type Fragment,
  join as joined,
  query,
  sql,
  UNION_ALL,
} from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { name } from "./closure.ts";
import type { RowSet } from "../database/row_set.ts";
import { isHistory, type RowGraph } from "./edges.ts";
import { insertedBy } from "../log/active_events.ts";
import type { ActiveEvent } from "../log/events.ts";

/** Rows of events that are there, and events whose own row is not the logged one any more. */
export interface Verified {
  /** Primary keys as text; master API keys by id. */
  readonly rows: ReadonlyMap<ActiveEvent, RowSet>;
  readonly gone: ReadonlySet<ActiveEvent>;
}

/** Asks for all own rows at once, by key and uuid, or by key and the uuid of the row that they depend on. */
export async function verify(ask: Ask, graph: RowGraph, events: readonly ActiveEvent[]): Promise<Verified> {
  const owned = events.filter((e) => e.rows.own !== undefined);
  const shape = ({ rows: { own } }: ActiveEvent): string =>
    JSON.stringify([
      own?.table,
      Object.keys(own?.key ?? {}),
      own?.uuid !== undefined,
      own?.parent?.table,
      own?.parent?.column,
      own?.natural !== undefined,
    ]);
  const statements: Fragment[] = [];
  for (const group of Map.groupBy(owned, shape).values()) {
    const own = group[0]?.rows.own;
    const [column = "id"] = Object.keys(own?.key ?? {});
    if (own === undefined || !graph.keys.has(own.table)) continue;
    const keys = texts(group.map((e) => String(Object.values(e.rows.own?.key ?? {})[0])));
    const seqs = array(group.map((e) => e.seq), sql`int8`);
    const marks = texts(
      group.map(({ rows: { own } }) =>
        own?.uuid ?? own?.parent?.uuid ?? (own?.natural === undefined ? null : JSON.stringify(own.natural))
      ),
    );
    const table = name(graph, own.table);
    const keyColumn = graph.keys.get(own.table);
    const type = typeName(column === keyColumn?.column ? keyColumn.type : "text");
    const join = sql`FROM unnest(${seqs}, ${keys}, ${marks}) AS w(seq, key, mark) JOIN ${table} t ON ${
      columnOf("t", column)
    } = w.key::${type}`;
    if (own.natural !== undefined) {
      statements.push(sql`SELECT w.seq::text ${join} AND to_jsonb(t.*) @> w.mark::jsonb`);
    } else if (own.uuid !== undefined) {
      statements.push(sql`SELECT w.seq::text ${join} AND t.uuid::text = w.mark`);
    } else if (own.parent !== undefined && graph.keys.has(own.parent.table)) {
      statements.push(
        sql`SELECT w.seq::text ${join} JOIN ${name(graph, own.parent.table)} p ON p.id = ${
          columnOf("t", own.parent.column)
        } AND p.uuid::text = w.mark`,
      );
    } else if (PUBLIC_KEYS.has(own.table)) {
      // Eight random characters; nobody gets the same prefix by chance.
      statements.push(sql`SELECT w.seq::text ${join}`);
    }
  }
  const there = new Set(
    statements.length === 0
      ? []
      : ((await ask("compare with the log", [query`${joined(statements, UNION_ALL)}`]))[0] ?? []).map((row) =>
        Number(row["seq"])
      ),
  );
  const gone = new Set(owned.filter((e) => !there.has(e.seq)));
  const rows = new Map(events.map((e) => [e, gone.has(e) ? new Map<string, Set<string>>() : insertedBy(e)]));
  await addLeftHistory(ask, graph, gone, rows);
  await findSecretKeys(ask, graph, rows);
  return { rows, gone };
}

/**
 * History rows outlive their entity. Those written in the run of the event, which no transaction of a day exceeds, are ours,
 * whatever the ids mean now.
 */
async function addLeftHistory(
  ask: Ask,
  graph: RowGraph,
  gone: ReadonlySet<ActiveEvent>,
  rows: Map<ActiveEvent, RowSet>,
): Promise<void> {
  const wanted = [...gone].flatMap((event) =>
    [...insertedBy(event)].filter(([table]) => isHistory(table) && graph.keys.has(table)).map((
      [table, ids],
    ) => ({ event, table, ids }))
  );
  if (wanted.length === 0) return;
  const selects = [...Map.groupBy(wanted, (w) => w.table)].map(([table, group]) => {
    const flat = group.flatMap((g) =>
      [...g.ids].map((id) => ({ id, at: g.event.recordedAt, seq: g.event.seq }))
    );
    return sql`SELECT ${table} AS "table", w.seq::text, h.history_id::text AS id FROM unnest(${
      array(flat.map((f) => f.seq), sql`int8`)
    }, ${idArray(flat.map((f) => Number(f.id)))}, ${
      array(flat.map((f) => f.at), sql`timestamptz`)
    }) AS w(seq, id, at)
JOIN ${
      name(graph, table)
    } h ON h.history_id = w.id AND h.history_date BETWEEN w.at - interval '1 day' AND w.at`;
  });
  const [answer] = await ask("compare with the log", [query`${joined(selects, UNION_ALL)}`]);
  const bySeq = new Map([...gone].map((event) => [event.seq, event]));
  const found = new Map<ActiveEvent, Map<string, Set<string>>>();
  for (const row of answer ?? []) {
    const event = bySeq.get(Number(row["seq"]));
    if (event === undefined) continue;
    const table = String(row["table"]);
    const ofEvent = found.get(event) ?? new Map<string, Set<string>>();
    found.set(event, ofEvent);
    const ids = ofEvent.get(table) ?? new Set<string>();
    ofEvent.set(table, ids.add(String(row["id"])));
  }
  // What is gone has no other rows.
  for (const [event, ofEvent] of found) rows.set(event, ofEvent);
}

/** Where the log names rows by a public key, because their primary key holds a secret: rows are deleted by that. */
async function findSecretKeys(ask: Ask, graph: RowGraph, rows: Map<ActiveEvent, RowSet>): Promise<void> {
  const wanted = [...PUBLIC_KEYS].map(([table, key]) => ({
    table,
    key: columnOf("t", key),
    known: [...rows.values()].flatMap((set) => [...set.get(table) ?? []]),
  })).filter(({ known }) => known.length > 0);
  if (wanted.length === 0) return;
  const answers = await ask(
    "compare with the log",
    wanted.map(({ table, key, known }) =>
      query`SELECT ${key} AS key, t.id FROM ${name(graph, table)} t WHERE ${key} = ANY(${texts(known)})`
    ),
  );
  for (const [at, { table }] of wanted.entries()) {
    const ids = new Map((answers[at] ?? []).map((row) => [String(row["key"]), String(row["id"])]));
    for (const [event, set] of rows) {
      const named = set.get(table);
      if (named === undefined) continue;
      rows.set(event, new Map([...set, [table, new Set([...named].flatMap((key) => ids.get(key) ?? []))]]));
    }
  }
}
