/** Taking back what updates changed: columns that still have our value, rows that were deleted. */
import { array, texts, typeName } from "../database/render.ts";
import {
  all,
  column as columnOf,
  command,
  type Fragment,
  identifier,
  join,
  list,
  query,
  sql,
  type Statement,
} from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { placeholderStatements, type UniqueCatalog } from "../database/placeholders.ts";
import { name } from "../removal/closure.ts";
import type { RowSet } from "../database/row_set.ts";
import type { RowGraph } from "../removal/edges.ts";
import type { ActiveEvent } from "../log/events.ts";
import { FLAG_REFERENCES } from "../flagsmith/models/projects.ts";
import {
  arrayElement,
  type Columns,
  isSecret,
  isStructured,
  keyText,
  rowName,
  same,
  structuredValue,
} from "./logged_values.ts";
import { type Obstacle, obstacleName, obstacles } from "./taken.ts";
import {
  insertions,
  restoreRows,
  rowsToRestore,
  supersededBy,
  type UnknownColumns,
  withoutSecrets,
} from "./restore_rows.ts";

/**
 * A column that stays as it is, and why; without a column a row that is not put back, since it held a secret (`row`) or refers to
 * one that did (`below`).
 */
export interface Kept {
  readonly seq: number;
  readonly table: string;
  readonly column: string;
  readonly why: "changed since" | "secret" | "row" | "below" | Obstacle;
}

/** What undoing updates comes to. */
export interface Restoration {
  readonly statements: readonly Statement[];
  /** Rows whose columns change or that are restored, by table: which flags that concerns. */
  readonly rows: RowSet;
  readonly kept: readonly Kept[];
  /** What events that stand began from, since one before them is undone; by the event that is undone. */
  readonly corrections: ReadonlyMap<number, readonly Correction[]>;
  /** How many columns were restored. */
  readonly columns: number;
}

/**
 * An event that stands began from something else than it says: a column had another value (also one of a row that it
 * deleted); without a column, it deleted another row as well (`row`), or not the one that it says.
 */
export interface Correction {
  readonly seq: number;
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly column?: string;
  readonly old?: unknown;
  /** The row whose place one of its own took. */
  readonly row?: Readonly<Record<string, unknown>>;
}

interface Change {
  readonly seq: number;
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly column: string;
  readonly old: unknown;
  readonly now: unknown;
}

/**
 * Undoes the updates and deletions of `undone`, newest first. Only the newest of several updates of one column shows in the
 * row: undoing an older one corrects what the next one began from. Rows of `removed` are left out.
 */
export async function restore(
  ask: Ask,
  graph: RowGraph,
  open: readonly ActiveEvent[],
  undone: ReadonlySet<ActiveEvent>,
  gone: ReadonlySet<ActiveEvent>,
  removed: RowSet,
  catalog: UniqueCatalog,
  unknown: UnknownColumns,
): Promise<Restoration> {
  const { tables: columns } = catalog;
  const corrections = new Map<number, Correction[]>();
  const correct = (undoneSeq: number, correction: Correction): void => {
    const list = corrections.get(undoneSeq) ?? [];
    list.push(correction);
    corrections.set(undoneSeq, list);
  };
  const targets = targetsOf(open, undone, gone, removed, correct);
  const deletions = standingDeletions(open, undone);
  for (const [table, ids] of insertions(undone)) {
    for (const [id, seq] of ids) {
      const later = deletions.get(rowName(table, id));
      if (later !== undefined && later.seq > seq) correct(seq, { seq: later.seq, table, key: later.key });
    }
  }
  const live = await readRows(ask, graph, targets.map((t) => t.change), columns);
  const coming = rowsToRestore(undone, gone);
  const replaced = await supersededBy(ask, graph, open, undone, coming);
  const patches = new Map<string, Record<string, unknown>>();
  const returning = new Map(coming.map(({ table, key, row }) => [rowName(table, key), row]));
  const kept: Kept[] = [];
  const rows = new Map<string, Set<string>>();
  const addRow = (table: string, id: string): void => {
    rows.set(table, (rows.get(table) ?? new Set()).add(id));
  };
  const back = new Map<string, PutBack>();
  let count = 0;
  // The newest undone change of a column comes first; the oldest one says what the column goes back to.
  const byColumn = Map.groupBy(
    targets,
    ({ change }) => JSON.stringify([change.table, change.key, change.column]),
  );
  for (const group of byColumn.values()) {
    const newest = group[0]?.change;
    const oldest = group.at(-1);
    if (newest === undefined || oldest === undefined) continue;
    const { table, key, column, seq } = newest;
    const type = columns.get(table)?.get(column)?.type;
    const at = rowName(table, key);
    const deletion = deletions.get(rowName(table, keyText(key)));
    const row = live.get(at) ?? returning.get(at) ?? deletion?.row;
    if (type === undefined || row === undefined) continue;
    if (group.some(({ change, target }) => isSecret(change.now) || isSecret(target))) {
      kept.push({ seq, table, column, why: "secret" });
    } else if (!same(row[column], newest.now, type)) {
      kept.push({ seq, table, column, why: "changed since" });
    } else if (live.has(at)) {
      addRow(table, keyText(key));
      count += 1;
      const entry = back.get(at) ??
        { table, key, columns: new Map<string, unknown>(), seq: new Map<string, number>() };
      entry.columns.set(column, oldest.target);
      entry.seq.set(column, seq);
      back.set(at, entry);
    } else if (returning.has(at)) {
      count += 1;
      patches.set(at, { ...patches.get(at), [column]: oldest.target });
    } else if (deletion !== undefined) {
      correct(seq, { seq: deletion.seq, table, key, column, old: oldest.target });
    }
  }
  const inTheWay = await obstacles(
    ask,
    graph,
    [...back].map(([at, one]) => ({ ...one, row: live.get(at) ?? {} })),
    coming,
    removed,
    columns,
  );
  for (const [at, { table, key, columns: changed, seq }] of back) {
    for (const column of [...changed.keys()]) {
      const why = inTheWay.get(obstacleName(table, key, column));
      if (why === undefined) continue;
      changed.delete(column);
      count -= 1;
      kept.push({ seq: seq.get(column) ?? 0, table, column, why });
    }
    if (changed.size === 0) back.delete(at);
  }
  const indexed = indexedSegments(graph, back.values());
  const statements = [
    ...placeholderStatements(
      [...back].map(([at, { table, key, columns }]) => ({
        table,
        key,
        before: live.get(at) ?? {},
        after: Object.fromEntries(columns),
      })),
      [],
      catalog,
    ),
    ...updateStatements(graph, back.values(), columns),
    ...clearIndexStatements(graph, indexed),
  ];
  const staying = withoutSecrets(graph, coming);
  for (const { event, table, key, row } of coming) {
    if (!staying.has(rowName(table, key))) {
      const why = Object.values(row).some(isSecret) ? "row" : "below";
      kept.push({ seq: event.seq, table, column: "", why });
      continue;
    }
    if (table === FLAG_REFERENCES && !indexed.has(String(row["segment_id"]))) continue;
    const at = rowName(table, key);
    const whole = { ...row, ...patches.get(at) };
    const instead = replaced.get(at);
    if (instead !== undefined) {
      correct(event.seq, { seq: instead.seq, table, key, row: whole });
      continue;
    }
    const statement = restoreRows(graph, table, whole, removed, columns, unknown);
    if (statement === undefined) continue;
    statements.push(statement);
    addRow(table, keyText(key));
  }
  return { statements, rows, kept, corrections, columns: count };
}

/**
 * Segments whose rules go back to what they were, and with them the index of their conditions on flags. It follows from
 * the rules, and the application makes it anew with each save, so whatever rows it has now are replaced.
 */
function indexedSegments(graph: RowGraph, rows: Iterable<PutBack>): ReadonlySet<string> {
  if (!graph.keys.has(FLAG_REFERENCES)) return new Set();
  return new Set(
    [...rows].filter(({ table, columns }) => table === "segments_segment" && columns.has("rules_data"))
      .map(({ key }) => keyText(key)),
  );
}

function clearIndexStatements(graph: RowGraph, segments: ReadonlySet<string>): readonly Statement[] {
  if (segments.size === 0) return [];
  const ids = array([...segments].map(Number), sql`int4`);
  return [command`DELETE FROM ${name(graph, FLAG_REFERENCES)} WHERE segment_id = ANY(${ids})`];
}

/** An update that is undone, and what its column goes back to. */
interface Target {
  readonly change: Change;
  readonly target: unknown;
}

/** The updates that show in rows; the others correct the next one of their column. */
function targetsOf(
  open: readonly ActiveEvent[],
  undone: ReadonlySet<ActiveEvent>,
  gone: ReadonlySet<ActiveEvent>,
  removed: RowSet,
  correct: (undoneSeq: number, correction: Correction) => void,
): readonly Target[] {
  const chains = Map.groupBy(
    open.filter((e) => !gone.has(e)).flatMap(changesOf).filter((c) =>
      removed.get(c.table)?.has(keyText(c.key)) !== true
    ),
    (change) => JSON.stringify([change.table, change.key, change.column]),
  );
  const seqs = new Set([...undone].map((e) => e.seq));
  const targets: Target[] = [];
  for (const chain of chains.values()) {
    let rest = [...chain];
    for (const change of [...chain].reverse()) {
      if (!seqs.has(change.seq)) continue;
      const at = rest.indexOf(change);
      const next = rest[at + 1];
      if (next === undefined) targets.push({ change, target: change.old });
      else {
        const corrected = { ...next, old: change.old };
        rest = rest.with(at + 1, corrected);
        const { seq, table, key, column, old } = corrected;
        correct(change.seq, { seq, table, key, column, old });
      }
      rest.splice(at, 1);
    }
  }
  return targets;
}

function changesOf(event: ActiveEvent): readonly Change[] {
  return (event.rows.updated ?? []).flatMap(({ table, key, columns }) =>
    Object.entries(columns).map(([column, [old, now]]) => ({ seq: event.seq, table, key, column, old, now }))
  );
}

/** A deletion that stands. */
interface Deletion {
  readonly seq: number;
  readonly key: Readonly<Record<string, unknown>>;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Rows that events which stand have deleted, by table and key as text; the newest deletion of a row. */
function standingDeletions(
  open: readonly ActiveEvent[],
  undone: ReadonlySet<ActiveEvent>,
): ReadonlyMap<string, Deletion> {
  return new Map(
    open.filter((e) => !undone.has(e)).flatMap(({ seq, rows }) =>
      (rows.deleted ?? []).map(({ table, key, row }) =>
        [rowName(table, keyText(key)), { seq, key, row }] as const
      )
    ),
  );
}

/** The live rows of some changes, by table and key. Round trips and statements grow with the number of tables only. */
async function readRows(
  ask: Ask,
  graph: RowGraph,
  changes: readonly Change[],
  columns: Columns,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const keys = new Map(changes.map(({ table, key }) => [rowName(table, key), { table, key }]));
  const known = [...keys].filter(([, { table }]) => columns.has(table));
  const statements = [
    ...Map.groupBy(known, ([, { table, key }]) => rowName(table, Object.keys(key))).values(),
  ]
    .map((group) => {
      const [, { table, key }] = group[0] ?? ["", { table: "", key: {} }];
      const names = Object.keys(key);
      const arrays = [
        texts(group.map(([at]) => at)),
        ...names.map((n) => columnArray(columns, table, n, group.map(([, row]) => row.key[n]))),
      ];
      const aliases = ["at", ...names.map((_, at) => `k${at}`)].map(identifier);
      return query`SELECT w.at, row_to_json(t.*)::text AS row FROM unnest(${join(arrays, sql`,\n`)}) AS w(${
        list(aliases)
      }) JOIN ${name(graph, table)} t ON ${hasKey(names)}`;
    });
  if (statements.length === 0) return new Map();
  const answers = await ask("read what was changed", statements);
  return new Map(answers.flat().map((row) => [String(row["at"]), JSON.parse(String(row["row"]))]));
}

/** Columns of one row and what they go back to. */
interface PutBack {
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly columns: Map<string, unknown>;
  /** The event that changed a column last. */
  readonly seq: Map<string, number>;
}

/** One statement for all rows of a table in which the same columns go back. */
function updateStatements(
  graph: RowGraph,
  rows: Iterable<PutBack>,
  columns: Columns,
): readonly Statement[] {
  const groups = Map.groupBy(
    rows,
    ({ table, key, columns }) => JSON.stringify([table, Object.keys(key), [...columns.keys()].sort()]),
  );
  return [...groups.values()].map((group) => {
    const { table = "", key = {}, columns: changed = new Map<string, unknown>() } = group[0] ?? {};
    const [keys, names] = [Object.keys(key), [...changed.keys()].sort()];
    const typeOf = (column: string): string => columns.get(table)?.get(column)?.type ?? "text";
    const valuesOf = (column: string): readonly unknown[] => group.map((row) => row.columns.get(column));
    const structured = new Set(
      names.filter((column) => valuesOf(column).some((value) => isStructured(value, typeOf(column)))),
    );
    const arrays = [
      ...keys.map((column) => columnArray(columns, table, column, group.map((row) => row.key[column]))),
      ...names.map((column) =>
        structured.has(column)
          ? array(valuesOf(column).map((v) => JSON.stringify({ v: v ?? null })), sql`json`)
          : columnArray(columns, table, column, valuesOf(column))
      ),
    ];
    const aliases = [...keys.map((_, at) => `k${at}`), ...names.map((_, at) => `c${at}`)].map(identifier);
    const assignments = names.map((column, at) => {
      const value = columnOf("w", `c${at}`);
      return sql`${identifier(column)} = ${
        structured.has(column) ? structuredValue(value, typeOf(column)) : value
      }`;
    });
    return command`UPDATE ${name(graph, table)} AS t SET ${list(assignments)} FROM unnest(${
      join(arrays, sql`,\n`)
    }) AS w(${list(aliases)}) WHERE ${hasKey(keys)}`;
  });
}

/** Logged values of a column as an array of its type. */
function columnArray(columns: Columns, table: string, column: string, values: readonly unknown[]): Fragment {
  const type = columns.get(table)?.get(column)?.type ?? "text";
  return array(values.map((value) => arrayElement(value, type)), typeName(type));
}

/** The condition that the row `t` is the one whose key is in the columns `k0`, `k1`, … of `w`. */
function hasKey(names: readonly string[]): Fragment {
  return all(names.map((column, at) => sql`${columnOf("t", column)} = ${columnOf("w", `k${at}`)}`));
}
