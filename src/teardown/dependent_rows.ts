/** What depends on rows that are to go and that this tool did not write: traces of use, or somebody's work. */
import { PUBLIC_KEYS } from "../kinds/public_keys.ts";
import { array, ids as idArray, typeName } from "../database/render.ts";
import {
  column,
  type Fragment,
  join,
  list,
  NOTHING,
  query,
  sql,
  type Statement,
  UNION_ALL,
} from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import type { Column } from "../database/catalog.ts";
import { name } from "../removal/closure.ts";
import { isPublicKey, keyArray, type RowSet } from "../database/row_set.ts";
import { isHistory, type RowGraph } from "../removal/edges.ts";
import type { ActiveEvent } from "../log/events.ts";
import { rowSum } from "../log/row_fingerprint.ts";

/** Rows of one table that make a teardown refuse. */
export interface Dependants {
  readonly table: string;
  readonly count: number;
  /** `"QA" (5)`: names and keys of the first ones. */
  readonly examples: readonly string[];
}

/**
 * Rows of ours that others changed since: the history holds a change that the log does not know, or, without history,
 * the row has another fingerprint than it was written with. Rows that others deleted in the application do not count.
 */
export async function changedByOthers(
  ask: Ask,
  graph: RowGraph,
  events: readonly ActiveEvent[],
  ours: RowSet,
  found: RowSet,
  columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
): Promise<RowSet> {
  const changed = new Map<string, Set<string>>();
  const add = (table: string, id: string): void => {
    changed.set(table, (changed.get(table) ?? new Set()).add(id));
  };
  const statements: Statement[] = [];
  for (const [table, ids] of found) {
    if (!isHistory(table)) continue;
    const base = table.replace("_historical", "_");
    const key = graph.keys.get(base);
    const own = ours.get(base);
    const unknown = [...ids].filter((id) => ours.get(table)?.has(id) !== true);
    if (key === undefined || own === undefined || unknown.length === 0) continue;
    const alive = graph.softDeleted.has(base) ? sql`AND b.deleted_at IS NULL` : NOTHING;
    const baseKey = column("b", key.column);
    statements.push(
      query`SELECT DISTINCT ${base} AS "table", ${baseKey}::text AS id FROM ${name(graph, table)} h
JOIN ${name(graph, base)} b ON ${baseKey} = ${
        column("h", key.column)
      } ${alive} WHERE h.history_type = '~' AND h.history_id = ANY(${
        idArray(unknown.map(Number))
      }) AND ${baseKey} = ANY(${keyArray(own, key.type)})`,
    );
  }
  const sums = newestSums(events, ours);
  for (const [table, wanted] of sums) {
    const publicKey = PUBLIC_KEYS.get(table);
    const key = publicKey === undefined ? graph.keys.get(table) : { column: publicKey, type: "text" };
    if (key === undefined) continue;
    const own = column("t", key.column);
    statements.push(
      query`SELECT ${table} AS "table", ${own}::text AS id, row_to_json(t.*) AS row FROM ${
        name(graph, table)
      } t WHERE ${own} = ANY(${array([...wanted.keys()], typeName(key.type))})${
        graph.softDeleted.has(table) ? sql` AND t.deleted_at IS NULL` : NOTHING
      }`,
    );
  }
  if (statements.length === 0) return changed;
  for (const row of (await ask("detect external changes", statements)).flat()) {
    const [table, id] = [String(row["table"]), String(row["id"])];
    const wanted = sums.get(table)?.get(id);
    if (wanted === undefined) {
      if (row["row"] === undefined) add(table, id);
      continue;
    }
    const live = rowSum(table, Object(row["row"]), columns.get(table), wanted.hidden);
    const [shape] = wanted.sum.split(":");
    if (live !== undefined && live.startsWith(`${shape}:`) && live !== wanted.sum) add(table, id);
  }
  return changed;
}

function newestSums(
  events: readonly ActiveEvent[],
  ours: RowSet,
): ReadonlyMap<string, ReadonlyMap<string, { readonly sum: string; readonly hidden: ReadonlySet<string> }>> {
  const newest = new Map<string, Map<string, { sum: string; hidden: ReadonlySet<string> }>>();
  for (const { rows, details } of events) {
    const secret: unknown = details["secret"];
    const hidden = new Set(Array.isArray(secret) ? secret.map(String) : []);
    for (const [table, sums] of Object.entries(rows.sums ?? {})) {
      if (!ours.has(table)) continue;
      const known = newest.get(table) ?? new Map();
      for (const [id, sum] of Object.entries(sums)) known.set(id, { sum, hidden });
      newest.set(table, known);
    }
  }
  return newest;
}

/** How many rows are listed by name. */
const LISTED = 20;

/** Names rows for a message, in the order of tables. */
export async function describeRows(ask: Ask, graph: RowGraph, rows: RowSet): Promise<readonly Dependants[]> {
  const tables = [...rows].filter(([, ids]) => ids.size > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  let left = LISTED;
  const wanted = tables.map(([table, ids]) => {
    const shown = [...ids].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1)).slice(0, left);
    left -= shown.length;
    return { table, ids, shown };
  });
  const selects = wanted.map(({ table, shown }): Fragment => {
    const key = graph.keys.get(table) ?? { column: "id", type: "int4" };
    // A key that is not a number may be a credential.
    const publicKey = PUBLIC_KEYS.get(table) ?? (isPublicKey(key.type) ? key.column : undefined);
    const shownKey = publicKey === undefined ? sql`NULL::text` : sql`${column("t", publicKey)}::text`;
    const words = ["name", "email", "label", "identifier"].map((word) => sql`to_jsonb(t.*) ->> ${word}`);
    return sql`SELECT ${table} AS "table", ${shownKey} AS id, coalesce(${list(words)}) AS name FROM ${
      name(graph, table)
    } t WHERE ${column("t", key.column)} = ANY(${keyArray(shown, key.type)})`;
  });
  const answers = await ask("label dependent rows", [query`${join(selects, UNION_ALL)}`]);
  const named = Map.groupBy(answers[0] ?? [], (row) => String(row["table"]));
  return wanted.map(({ table, ids }) => ({
    table,
    count: ids.size,
    examples: (named.get(table) ?? []).flatMap(({ name, id }) =>
      name === null ? id === null ? [] : [String(id)] : [`"${name}"${id === null ? "" : ` (${id})`}`]
    ).sort(),
  }));
}
