/** Taking back what updates changed: columns that still have our value, rows that were deleted. */
import type { Column } from "../database/catalog.ts";
import { arrayLiteral, identifier, literal } from "../database/literal.ts";
import type { Ask } from "../database/run.ts";
import type { Content } from "../kinds/kind.ts";
import { canonical } from "../plan/content_hash.ts";
import { name, type RowSet } from "../removal/closure.ts";
import type { RowGraph } from "../removal/edges.ts";
import type { OpenEvent } from "../removal/open_events.ts";

/** A column that stays as it is, and why. */
export interface Kept {
  readonly seq: number;
  readonly table: string;
  readonly column: string;
  readonly why: "changed since" | "secret";
}

/** What undoing updates comes to. */
export interface Restoration {
  readonly statements: readonly string[];
  /** Rows whose columns change or that come back, by table: which flags that concerns. */
  readonly rows: RowSet;
  readonly kept: readonly Kept[];
  /** Older values of updates that stand, since an update before them is undone; by the event that is undone. */
  readonly corrections: ReadonlyMap<number, readonly Correction[]>;
  /** How many columns were put back. */
  readonly columns: number;
}

/** An update that stands began from another value than it says. */
export interface Correction {
  readonly seq: number;
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly column: string;
  readonly old: unknown;
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
 * Undoes the updates of `undone`, newest first. Only the newest of several updates of one column shows in the row: undoing
 * an older one corrects what the next one began from. Rows of `removed` are left out.
 */
export function restore(
  ask: Ask,
  graph: RowGraph,
  open: readonly OpenEvent[],
  undone: ReadonlySet<OpenEvent>,
  gone: ReadonlySet<OpenEvent>,
  removed: RowSet,
  columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
): Promise<Restoration> {
  const chains = Map.groupBy(
    open.filter((e) => !gone.has(e)).flatMap(changesOf).filter((c) =>
      removed.get(c.table)?.has(String(Object.values(c.key)[0])) !== true
    ),
    (change) => JSON.stringify([change.table, change.key, change.column]),
  );
  const seqs = new Set([...undone].map((e) => e.seq));
  const targets: { change: Change; target: unknown }[] = [];
  const corrections = new Map<number, Correction[]>();
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
        corrections.set(change.seq, [...corrections.get(change.seq) ?? [], { seq, table, key, column, old }]);
      }
      rest.splice(at, 1);
    }
  }
  return finish(ask, graph, targets, corrections, undone, gone, removed, columns);
}

function changesOf(event: OpenEvent): readonly Change[] {
  return (event.rows.updated ?? []).flatMap(({ table, key, columns }) =>
    Object.entries(columns).map(([column, [old, now]]) => ({ seq: event.seq, table, key, column, old, now }))
  );
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secret" in value;
}

async function finish(
  ask: Ask,
  graph: RowGraph,
  targets: readonly { change: Change; target: unknown }[],
  corrections: ReadonlyMap<number, readonly Correction[]>,
  undone: ReadonlySet<OpenEvent>,
  gone: ReadonlySet<OpenEvent>,
  removed: RowSet,
  columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
): Promise<Restoration> {
  const live = await readRows(ask, graph, targets.map((t) => t.change), columns);
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
    const row = live.get(rowName(table, key));
    if (type === undefined || row === undefined) continue;
    if (group.some(({ change, target }) => isSecret(change.now) || isSecret(target))) {
      kept.push({ seq, table, column, why: "secret" });
    } else if (!same(row[column], newest.now, type)) {
      kept.push({ seq, table, column, why: "changed since" });
    } else {
      addRow(table, String(Object.values(key)[0]));
      count += 1;
      const at = rowName(table, key);
      const entry = back.get(at) ?? { table, key, columns: new Map<string, unknown>() };
      entry.columns.set(column, oldest.target);
      back.set(at, entry);
    }
  }
  const statements = [...updateStatements(graph, back.values(), columns)];
  for (const event of [...undone].filter((e) => !gone.has(e)).sort((a, b) => b.seq - a.seq)) {
    for (const { table, row } of event.rows.deleted ?? []) {
      const statement = putBack(graph, table, row, removed, columns);
      if (statement === undefined) continue;
      statements.push(statement);
      addRow(table, String(row["id"] ?? ""));
    }
  }
  return { statements, rows, kept, corrections, columns: count };
}

/** The live rows of some changes, by table and key. Round trips and statements grow with the number of tables only. */
async function readRows(
  ask: Ask,
  graph: RowGraph,
  changes: readonly Change[],
  columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const keys = new Map(changes.map(({ table, key }) => [rowName(table, key), { table, key }]));
  const known = [...keys].filter(([, { table }]) => columns.has(table));
  const statements = [
    ...Map.groupBy(known, ([, { table, key }]) => rowName(table, Object.keys(key))).values(),
  ]
    .map((group) => {
      const [, { table, key }] = group[0] ?? ["", { table: "", key: {} }];
      const names = Object.keys(key);
      const type = (column: string): string => columns.get(table)?.get(column)?.type ?? "text";
      const arrays = [
        arrayLiteral(group.map(([at]) => at), "text"),
        ...names.map((n) => arrayLiteral(group.map(([, row]) => arrayElement(row.key[n])), type(n))),
      ];
      return `SELECT w.at, row_to_json(t)::text AS row FROM unnest(${arrays.join(",\n")}) AS w(at, ${
        names.map((_, at) => `k${at}`).join(", ")
      }) JOIN ${name(graph, table)} t ON ${
        names.map((n, at) => `t.${identifier(n)} = w.k${at}`).join(" AND ")
      }`;
    });
  if (statements.length === 0) return new Map();
  const answers = await ask("read what was changed", statements);
  return new Map(answers.flat().map((row) => [String(row["at"]), JSON.parse(String(row["row"]))]));
}

/** One text for a row, or for the columns that a row is known by. */
function rowName(table: string, key: unknown): string {
  return JSON.stringify([table, key]);
}

/** Columns of one row and what they go back to. */
interface PutBack {
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly columns: Map<string, unknown>;
}

/** One statement for all rows of a table in which the same columns go back. */
function updateStatements(
  graph: RowGraph,
  rows: Iterable<PutBack>,
  columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
): readonly string[] {
  const groups = Map.groupBy(
    rows,
    ({ table, key, columns }) => JSON.stringify([table, Object.keys(key), [...columns.keys()].sort()]),
  );
  return [...groups.values()].map((group) => {
    const { table = "", key = {}, columns: changed = new Map<string, unknown>() } = group[0] ?? {};
    const [keys, names] = [Object.keys(key), [...changed.keys()].sort()];
    const array = (column: string, valueOf: (row: PutBack) => unknown): string =>
      arrayLiteral(
        group.map((row) => arrayElement(valueOf(row))),
        columns.get(table)?.get(column)?.type ?? "text",
      );
    return `UPDATE ${name(graph, table)} AS t SET ${
      names.map((column, at) => `${identifier(column)} = w.c${at}`).join(", ")
    } FROM unnest(${
      [
        ...keys.map((column) => array(column, (row) => row.key[column])),
        ...names.map((column) => array(column, (row) => row.columns.get(column))),
      ].join(",\n")
    }) AS w(${[...keys.map((_, at) => `k${at}`), ...names.map((_, at) => `c${at}`)].join(", ")}) WHERE ${
      keys.map((column, at) => `t.${identifier(column)} = w.k${at}`).join(" AND ")
    }`;
  });
}

/** A logged value as an element of an array: documents as their text. */
function arrayElement(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function sqlValue(value: unknown, type: string): string {
  if (value === null || value === undefined) return "NULL";
  return `${literal(arrayElement(value) ?? "")}::${type}`;
}

function same(live: unknown, logged: unknown, type: string): boolean {
  if (/^timestamp/.test(type) && typeof live === "string" && typeof logged === "string") {
    return microseconds(live) === microseconds(logged);
  }
  return canonical((live ?? null) as Content) === canonical((logged ?? null) as Content);
}

/** A time in UTC with all its digits; `Date` would drop what is finer than a millisecond. */
function microseconds(text: string): string {
  const [, whole = "", fraction = ""] = /^(.*?)(?:\.(\d+))?(?:Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text) ?? [];
  return `${whole.replace(" ", "T")}.${fraction.padEnd(6, "0")}`;
}

/** Puts a deleted row back, unless something that it needs goes now or its place is taken. */
function putBack(
  graph: RowGraph,
  table: string,
  row: Readonly<Record<string, unknown>>,
  removed: RowSet,
  columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
): string | undefined {
  const known = columns.get(table);
  if (known === undefined || Object.values(row).some(isSecret)) return undefined;
  for (const [target, edges] of graph.into) {
    for (const edge of edges) {
      if (
        edge.table === table && !edge.loose && removed.get(target)?.has(String(row[edge.column])) === true
      ) return undefined;
    }
  }
  const names = [...known.keys()].filter((column) => column in row);
  return `INSERT INTO ${name(graph, table)} (${names.map(identifier).join(", ")}) VALUES (${
    names.map((column) => sqlValue(row[column], known.get(column)?.type ?? "text")).join(", ")
  }) ON CONFLICT DO NOTHING`;
}
