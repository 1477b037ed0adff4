/** Taking back what updates changed: columns that still have our value, rows that were deleted. */
import type { Column } from "../database/catalog.ts";
import { identifier, literal } from "../database/literal.ts";
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
  const statements: string[] = [];
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
    const row = live.get(JSON.stringify([table, key]));
    if (type === undefined || row === undefined) continue;
    if (group.some(({ change, target }) => isSecret(change.now) || isSecret(target))) {
      kept.push({ seq, table, column, why: "secret" });
    } else if (!same(row[column], newest.now, type)) {
      kept.push({ seq, table, column, why: "changed since" });
    } else {
      const [id] = Object.values(key).map(String);
      rows.set(table, new Set([...rows.get(table) ?? [], id ?? ""]));
      count += 1;
      statements.push(
        `UPDATE ${name(graph, table)} SET ${identifier(column)} = ${sqlValue(oldest.target, type)} WHERE ${
          keyCondition(key, columns.get(table))
        }`,
      );
    }
  }
  for (const event of [...undone].filter((e) => !gone.has(e)).sort((a, b) => b.seq - a.seq)) {
    for (const { table, row } of event.rows.deleted ?? []) {
      const statement = putBack(graph, table, row, removed, columns);
      if (statement === undefined) continue;
      statements.push(statement);
      rows.set(table, new Set([...rows.get(table) ?? [], String(row["id"] ?? "")]));
    }
  }
  return { statements, rows, kept, corrections, columns: count };
}

async function readRows(
  ask: Ask,
  graph: RowGraph,
  changes: readonly Change[],
  columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const keys = new Map(changes.map((c) => [JSON.stringify([c.table, c.key]), c]));
  const selects = [...keys].filter(([, c]) => columns.has(c.table)).map(([at, { table, key }]) =>
    `SELECT ${literal(at)} AS at, row_to_json(t) AS row FROM ${name(graph, table)} t WHERE ${
      keyCondition(key, columns.get(table))
    }`
  );
  if (selects.length === 0) return new Map();
  const [answer] = await ask("read what was changed", [
    selects.join("\nUNION ALL ").replaceAll("row_to_json(t) AS row", "row_to_json(t)::text AS row"),
  ]);
  return new Map((answer ?? []).map((row) => [String(row["at"]), JSON.parse(String(row["row"]))]));
}

function keyCondition(
  key: Readonly<Record<string, unknown>>,
  columns: ReadonlyMap<string, Column> | undefined,
): string {
  return Object.entries(key).map(([column, value]) =>
    `${identifier(column)} = ${sqlValue(value, columns?.get(column)?.type ?? "text")}`
  ).join(" AND ");
}

function sqlValue(value: unknown, type: string): string {
  if (value === null || value === undefined) return "NULL";
  return `${literal(typeof value === "object" ? JSON.stringify(value) : String(value))}::${type}`;
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
