/** Rows that an undone event had deleted: which are restored, and as what. */
import { castType } from "../database/column_value.ts";
import { texts, typed, typeName } from "../database/render.ts";
import { command, identifier, list, query, type Statement } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { name } from "../removal/closure.ts";
import { type FillSources, fillText } from "../apply/fill_columns.ts";
import { type ColumnDefaults, refuseMissing, type ResolvedColumns } from "../snapshot/column_defaults.ts";
import { keyArray, type RowSet } from "../database/row_set.ts";
import type { RowGraph } from "../removal/edges.ts";
import { insertedBy } from "../log/active_events.ts";
import type { ActiveEvent } from "../log/events.ts";
import { type Columns, isSecret, keyText, rowName, sqlValue } from "./logged_values.ts";

/** Columns that the program does not know, and what fills them in rows that are restored without them. */
export interface UnknownColumns extends ResolvedColumns {
  readonly release: string;
  readonly defaults: ColumnDefaults;
  readonly sources: FillSources;
}

/** A row that is restored. */
export interface ComingBack {
  /** The event that deleted it. */
  readonly event: ActiveEvent;
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Rows that undone events deleted, newest first; what an earlier one of them had inserted goes with that one. */
export function rowsToRestore(
  undone: ReadonlySet<ActiveEvent>,
  gone: ReadonlySet<ActiveEvent>,
): readonly ComingBack[] {
  const inserted = insertions(undone);
  return [...undone].filter((e) => !gone.has(e)).sort((a, b) => b.seq - a.seq).flatMap((event) =>
    (event.rows.deleted ?? []).filter(({ table, key }) =>
      (inserted.get(table)?.get(keyText(key)) ?? Infinity) >= event.seq
    ).map(({ table, key, row }) => ({ event, table, key, row }))
  );
}

/** The rows that can be put back, by `rowName`: those that held a secret cannot, nor what refers to them. */
export function withoutSecrets(graph: RowGraph, coming: readonly ComingBack[]): ReadonlySet<string> {
  const left = new Map(coming.map((one) => [rowName(one.table, one.key), one]));
  const lost = new Set<string>();
  const drop = (at: string, { table, key }: ComingBack): void => {
    left.delete(at);
    lost.add(rowName(table, keyText(key)));
  };
  for (const [at, one] of [...left]) if (Object.values(one.row).some(isSecret)) drop(at, one);
  for (let before = -1; before !== lost.size;) {
    before = lost.size;
    for (const [at, one] of [...left]) {
      const refers = [...graph.into].some(([target, edges]) =>
        edges.some((edge) =>
          edge.table === one.table && !edge.loose && lost.has(rowName(target, String(one.row[edge.column])))
        )
      );
      if (refers) drop(at, one);
    }
  }
  return new Set(left.keys());
}

/** Which event inserted a row: table → key as text → `seq`, the newest one where several did. */
export function insertions(events: Iterable<ActiveEvent>): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const found = new Map<string, Map<string, number>>();
  for (const event of events) {
    for (const [table, ids] of insertedBy(event)) {
      const known = found.get(table) ?? new Map<string, number>();
      for (const id of ids) known.set(id, Math.max(event.seq, known.get(id) ?? 0));
      found.set(table, known);
    }
  }
  return found;
}

/**
 * Rows whose place a row of a later event takes that stands: a link to the same thing that was made anew. They are restored when
 * that event is undone. Gives the event by `rowName`.
 */
export async function supersededBy(
  ask: Ask,
  graph: RowGraph,
  open: readonly ActiveEvent[],
  undone: ReadonlySet<ActiveEvent>,
  coming: readonly ComingBack[],
): Promise<ReadonlyMap<string, ActiveEvent>> {
  const later = Map.groupBy(open.filter((e) => !undone.has(e)), (e) => e.address);
  const wanted = new Map<string, Map<string, ActiveEvent>>();
  for (const { event, table } of coming) {
    for (const other of later.get(event.address) ?? []) {
      if (other.seq < event.seq) continue;
      const known = wanted.get(table) ?? new Map<string, ActiveEvent>();
      for (const id of insertedBy(other).get(table) ?? []) known.set(id, other);
      if (known.size > 0) wanted.set(table, known);
    }
  }
  const statements = [...wanted].flatMap(([table, ids]) => {
    const key = graph.keys.get(table);
    return key === undefined ? [] : [
      query`SELECT ${table} AS "table", t.${
        identifier(key.column)
      }::text AS id, row_to_json(t.*) AS row FROM ${name(graph, table)} t WHERE t.${
        identifier(key.column)
      } = ANY(${keyArray(ids.keys(), key.type)})`,
    ];
  });
  if (statements.length === 0) return new Map();
  const [uniques, ...lines] = await ask("read what was made since", [
    uniqueStatement(graph.schema, [...wanted.keys()]),
    ...statements,
  ]);
  const unique = Map.groupBy(uniques ?? [], (line) => String(line["table"]));
  const placesOf = (table: string, row: Readonly<Record<string, unknown>>): readonly string[] =>
    (unique.get(table) ?? []).flatMap(({ columns }) => {
      const names = Array.isArray(columns) ? columns.map(String) : [];
      // NULL is unlike any other NULL.
      return names.some((column) => (row[column] ?? null) === null)
        ? []
        : [rowName(table, names.map((column) => [column, row[column]]))];
    });
  const places = new Map<string, ActiveEvent>();
  for (const line of lines.flat()) {
    const table = String(line["table"]);
    const event = wanted.get(table)?.get(String(line["id"]));
    if (event === undefined) continue;
    for (const place of placesOf(table, Object(line["row"]))) places.set(place, event);
  }
  return withWhatHangsOnThem(
    graph,
    coming,
    new Map(coming.flatMap(({ table, key, row }) => {
      const event = placesOf(table, row).map((place) => places.get(place)).find((e) => e !== undefined);
      return event === undefined ? [] : [[rowName(table, key), event]];
    })),
  );
}

/** What refers to a row that is not restored cannot be restored either. */
function withWhatHangsOnThem(
  graph: RowGraph,
  coming: readonly ComingBack[],
  replaced: ReadonlyMap<string, ActiveEvent>,
): ReadonlyMap<string, ActiveEvent> {
  const byKey = new Map(coming.map(({ table, key }) => [rowName(table, keyText(key)), rowName(table, key)]));
  const edges = Map.groupBy([...graph.into.values()].flat().filter((e) => !e.loose), (e) => e.table);
  const all = new Map(replaced);
  for (let before = -1; before < all.size;) {
    before = all.size;
    for (const { table, key, row } of coming) {
      const at = rowName(table, key);
      if (all.has(at)) continue;
      for (const { target, column } of edges.get(table) ?? []) {
        const event = all.get(byKey.get(rowName(target, String(row[column]))) ?? "");
        if (event !== undefined) all.set(at, event);
      }
    }
  }
  return all;
}

/** Columns of which the tables allow each combination once, besides the primary key. */
function uniqueStatement(schema: string, tables: readonly string[]): Statement {
  return query`SELECT c.relname::text AS "table", (SELECT json_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum = ANY(i.indkey)) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE i.indisunique AND NOT i.indisprimary AND i.indpred IS NULL AND i.indexprs IS NULL AND c.relname = ANY(${
    texts(tables)
  }) AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = ${schema})`;
}

/** Puts a deleted row back, unless something that it needs goes now or its place is taken. */
export function restoreRows(
  graph: RowGraph,
  table: string,
  row: Readonly<Record<string, unknown>>,
  removed: RowSet,
  columns: Columns,
  { fills, missing, release, defaults, sources }: UnknownColumns,
): Statement | undefined {
  const known = columns.get(table);
  if (known === undefined || Object.values(row).some(isSecret)) return undefined;
  for (const [target, edges] of graph.into) {
    for (const edge of edges) {
      if (
        edge.table === table && !edge.loose && removed.get(target)?.has(String(row[edge.column])) === true
      ) return undefined;
    }
  }
  // The log of an earlier release has only the columns that the release knew.
  refuseMissing(
    missing.filter((one) => one.table === table && !(one.column.name in row)),
    { release },
    defaults,
  );
  const filled = (fills.get(table) ?? []).filter((fill) => !(fill.column in row));
  const names = [...known.keys()].filter((column) => column in row);
  const values = [
    ...names.map((column) => sqlValue(row[column], known.get(column)?.type ?? "text")),
    ...filled.map((fill) => typed(fillText(fill, sources), typeName(castType(fill.type)))),
  ];
  return command`INSERT INTO ${name(graph, table)} (${
    list([...names, ...filled.map((fill) => fill.column)].map(identifier))
  }) VALUES (${list(values)}) ON CONFLICT DO NOTHING`;
}
