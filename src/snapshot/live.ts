/** One statement that finds the live rows of all resources of a run, whatever their number. */
import type { Catalog, Column } from "../database/catalog.ts";
import { ids, texts } from "../database/render.ts";
import {
  all,
  column,
  type Fragment,
  type Identifier,
  identifier,
  join as joined,
  NOTHING,
  query,
  sql,
  type Statement,
  UNION_ALL,
} from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import { isNotDeleted, unindexed } from "../database/unindexed.ts";
import { type Cell, cellOf, type Row } from "../flagsmith/cell.ts";
import { KEY_SEPARATOR, type Resource } from "../graph/resource.ts";
import { type AnyMapping, LIVE_TABLES } from "../kinds/tables.ts";
import { currentState } from "../kinds/state_live.ts";
import type { Condition, LiveRow, Match } from "../kinds/live.ts";
import type { TableSource } from "../database/table_source.ts";
import { ALL_SPECS, KIND_NAMES, type KindName, storedName } from "../kinds/specs.ts";
import { appendAll } from "../diagnostics/append_all.ts";
import type { Look } from "./look.ts";

/** What to look for: the name of a resource as `askedName` gives it, unless it is known to be live under another name. */
export interface Wanted {
  readonly resource: Resource;
  readonly key: string;
}

/** True when the database compares names of the kind without regard to case. */
function ignoresCase(kind: KindName): boolean {
  return LIVE_TABLES[kind].match?.ignoresCase === true;
}

/**
 * What to ask for a name with: names whose case does not matter go as they are written, because which letters are the
 * same is for the database's locale to say, and it may know fewer than JavaScript.
 */
export function askedName(kind: KindName, name: string): string {
  if (!ignoresCase(kind)) return ALL_SPECS[kind].key(name);
  return storedName(kind, name);
}

/** Live rows by resource index; more than one means duplicates in the database. */
export type LiveRows = ReadonlyMap<number, readonly LiveRow[]>;

/**
 * The statement: what is wanted of each kind, and its live rows, found below the live rows of its parents. Kinds of which
 * nothing is wanted do not appear.
 *
 * How it is found does not depend on what the planner expects, which is wrong right after thousands of rows were written
 * and where one project is much larger than others: `LATERAL … OFFSET 0` is done once for each row before it. In a large
 * table with an index of parent and name each wanted row is looked up in that. Elsewhere everything below a parent is
 * read once, and what is wanted of it is joined to that; then the rows are read by primary key. Planning takes longer than
 * reading where little is declared, so each part names no more tables than it must.
 */
export function liveStatement(wanted: readonly Wanted[], look: Look): Statement {
  const byKind = Map.groupBy(wanted, (w) => w.resource.kind);
  const parentKinds = new Set([...byKind.keys()].map((kind) => ALL_SPECS[kind].parent));
  const ctes: Fragment[] = [];
  const selects: Fragment[] = [];
  for (const kind of KIND_NAMES) {
    const group = byKind.get(kind);
    if (group === undefined) continue;
    const isParent = parentKinds.has(kind);
    const search = searchFor(kind, look, isParent);
    const { parent } = ALL_SPECS[kind];
    const { parentColumn } = LIVE_TABLES[kind];
    const parts: Fragment[] = [];
    if (parentColumn === undefined || parent === undefined) {
      parts.push(
        sql`SELECT w.n, ${search.found}, NULL::text AS parent_name FROM ${
          wantedRows(group, kind)
        } JOIN ${search.table} t ON true${search.match} WHERE ${search.condition}`,
      );
    } else {
      const below: ChildSearch = { ...search, parent, parentColumn: column("t", parentColumn) };
      const children = group.filter((w) => w.resource.parent !== undefined);
      const parents = byKind.get(parent);
      if (parents !== undefined && children.length > 0) {
        if (below.key === undefined || below.byName) parts.push(lookUpEach(children, below));
        else {
          ctes.push(keysBelow(children, below, below.key, parents.length));
          parts.push(readAmongKeys(children, below));
        }
      }
      const withoutParent = group.filter((w) => w.resource.parent === undefined);
      if (withoutParent.length > 0) {
        appendAll(parts, belowAnyParent(withoutParent, below, look.from(LIVE_TABLES[parent].table)));
      }
    }
    if (isParent) {
      ctes.push(sql`${rowsOf(kind)} AS MATERIALIZED (${joined(parts, UNION_ALL)})`);
      selects.push(sql`SELECT n, row, extra, parent_name FROM ${rowsOf(kind)}`);
    } else appendAll(selects, parts);
  }
  const list = joined(selects, UNION_ALL);
  return ctes.length === 0 ? query`${list}` : query`WITH ${joined(ctes, sql`,\n`)}\n${list}`;
}

/** How live rows `t` of a kind are found, in terms of wanted rows `w`. */
interface Search {
  readonly kind: KindName;
  readonly table: Fragment;
  /** The tables that `key` needs. */
  readonly joins: Fragment;
  readonly primaryKey: Fragment;
  /** What equals the wanted key; undefined when there is one row per parent. */
  readonly key: Fragment | undefined;
  /** ` AND` the key equals that of `w`; nothing without a key. */
  readonly match: Fragment;
  /** True when each wanted row is looked up by parent and key in an index. */
  readonly byName: boolean;
  /** Which rows are live, in a form that no index serves. */
  readonly condition: Fragment;
  /** The same in the form of the index of parent and key. */
  readonly indexCondition: Fragment;
  /** What is selected of a row `t`: `row` and `extra`, and the `id` where another kind is looked for below it. */
  readonly found: Fragment;
  /** The same of a query `t` that has selected it. */
  readonly handedOn: Fragment;
}

/** The same of a kind that stands below another one. */
interface ChildSearch extends Search {
  readonly parent: KindName;
  readonly parentColumn: Fragment;
}

function searchFor(kind: KindName, { catalog, from }: Look, isParent: boolean): Search {
  const live = LIVE_TABLES[kind];
  const conditions = liveCondition(kind, catalog);
  const key = live.match === undefined ? undefined : keyOf(live.match);
  const id = isParent ? sql`t.id, ` : NOTHING;
  return {
    kind,
    table: from(live.table),
    joins: joinsOf(live, from),
    primaryKey: column("t", live.primaryKey),
    key,
    match: key === undefined ? NOTHING : sql` AND ${key} = w.key`,
    byName: live.indexed === true && catalog.large.has(live.table),
    condition: conditions === undefined ? sql`true` : unindexed(conditions),
    indexCondition: conditions ?? sql`true`,
    found: sql`${id}row_to_json(t.*) AS row, ${live.extra?.(from) ?? sql`NULL::json`} AS extra`,
    handedOn: sql`${id}t.row, t.extra`,
  };
}

/** The live rows of a kind, once they are found. */
function rowsOf(kind: KindName): Identifier {
  return identifier(`l_${kind}`);
}

/** Primary key and key of everything live below the parents of what is wanted. */
function keysOf(kind: KindName): Identifier {
  return identifier(`m_${kind}`);
}

/** What is wanted of a kind as rows `w`: index of the resource, index of its parent, what its key equals. */
function wantedRows(wanted: readonly Wanted[], kind: KindName): Fragment {
  const rows = sql`unnest(${ids(wanted.map((w) => w.resource.index))},
  ${ids(wanted.map((w) => w.resource.parent?.index ?? null))}, ${texts(wanted.map((w) => w.key))})`;
  return ignoresCase(kind)
    ? sql`(SELECT n, parent, lower(key) AS key FROM ${rows} AS u(n, parent, key)) w`
    : sql`${rows} AS w(n, parent, key)`;
}

/** Looks up each wanted row below its parent. */
function lookUpEach(wanted: readonly Wanted[], search: ChildSearch): Fragment {
  const condition = search.key === undefined ? search.condition : search.indexCondition;
  return sql`SELECT w.n, ${search.handedOn}, NULL::text AS parent_name FROM (SELECT w.n, w.key, p.id AS parent FROM ${
    wantedRows(wanted, search.kind)
  } JOIN ${rowsOf(search.parent)} p ON p.n = w.parent OFFSET 0) w
  CROSS JOIN LATERAL (SELECT ${search.found} FROM ${search.table} t ${search.joins} WHERE ${search.parentColumn} = w.parent${search.match} AND ${condition} OFFSET 0) t`;
}

/** Reads the keys of everything live below each parent of what is wanted; `parents` is how many rows of the parents' kind are. */
function keysBelow(wanted: readonly Wanted[], search: ChildSearch, key: Fragment, parents: number): Fragment {
  const indexes = new Set(wanted.map((w) => w.resource.parent?.index ?? null));
  const among = indexes.size === parents
    ? NOTHING
    : sql` JOIN unnest(${ids([...indexes])}) AS u(n) ON u.n = p.n`;
  return sql`${
    keysOf(search.kind)
  } AS MATERIALIZED (SELECT p.n AS parent, t.found, t.key FROM (SELECT p.n, p.id FROM ${
    rowsOf(search.parent)
  } p${among} OFFSET 0) p
  CROSS JOIN LATERAL (SELECT ${search.primaryKey} AS found, ${key} AS key FROM ${search.table} t ${search.joins}
    WHERE ${search.parentColumn} = p.id AND ${search.condition} OFFSET 0) t)`;
}

/** Reads the wanted rows among those whose keys were read. */
function readAmongKeys(wanted: readonly Wanted[], search: ChildSearch): Fragment {
  return sql`SELECT w.n, ${search.handedOn}, NULL::text AS parent_name FROM (SELECT w.n, m.found FROM ${
    keysOf(search.kind)
  } m JOIN ${wantedRows(wanted, search.kind)} ON w.parent = m.parent AND w.key = m.key OFFSET 0) w
  CROSS JOIN LATERAL (SELECT ${search.found} FROM ${search.table} t WHERE ${search.primaryKey} = w.found OFFSET 0) t`;
}

/**
 * Reads what is wanted by its name below a parent that the file does not name, or by `Organisation/Project` where no row has the
 * whole text as its name; `above` has the parents.
 */
function belowAnyParent(
  wanted: readonly Wanted[],
  search: ChildSearch,
  above: Fragment,
): readonly Fragment[] {
  const { table, joins, parentColumn, condition } = search;
  const rows = wantedRows(wanted, search.kind);
  return [
    sql`SELECT w.n, ${search.found}, a.name AS parent_name FROM ${rows} JOIN ${table} t ON true${search.match}
  JOIN ${above} a ON a.id = ${parentColumn} AND a.deleted_at IS NULL ${joins}
  WHERE ${condition}`,
    sql`SELECT w.n, ${search.found}, a.name AS parent_name FROM ${rows} JOIN ${above} a
  ON a.deleted_at IS NULL AND left(w.key, length(a.name) + 1) = a.name || '/'
  JOIN ${table} t ON ${parentColumn} = a.id AND t.name = substr(w.key, length(a.name) + 2) ${joins}
  WHERE position('/' IN w.key) > 0 AND ${condition}
  AND NOT EXISTS (SELECT FROM ${table} t WHERE t.name = w.key AND ${condition})`,
  ];
}

/** What equals the wanted key of an entity. */
function keyOf({ columns, ignoresCase }: Match): Fragment {
  const key = joined(columns.map((c) => column(c.of ?? "t", c.column)), sql` || ${KEY_SEPARATOR} || `);
  return ignoresCase === true ? sql`lower(${key})` : key;
}

/** The tables that the match of a kind needs. */
function joinsOf({ currentOf, joins = [] }: AnyMapping, table: TableSource): Fragment {
  const parts = joins.map(({ table: name, as, column: own, equals, live }) =>
    sql`JOIN ${table(name)} ${identifier(as)} ON ${column(as, own)} = ${
      column(equals.of ?? "t", equals.column)
    }${live === true ? sql` AND ${isNotDeleted(as)}` : NOTHING}`
  );
  return joined([...(currentOf === undefined ? [] : [currentState(currentOf, table)]), ...parts], sql`\n  `);
}

/** The live condition of a kind, without parts that name columns the release lacks; undefined when nothing is left of it. */
export function liveCondition(kind: KindName, catalog: Catalog): Fragment | undefined {
  const { live, table } = LIVE_TABLES[kind];
  const columns = catalog.tables.get(table);
  const parts = live.filter(({ column: own, is }) =>
    columns?.has(own) === true && (typeof is === "string" || columns.has(is.column))
  ).map(conditionOf);
  return parts.length === 0 ? undefined : all(parts);
}

function conditionOf({ column: name, is }: Condition): Fragment {
  const own = column("t", name);
  if (typeof is !== "string") return sql`${own} = ${column("t", is.column)}`;
  switch (is) {
    case "null":
      return sql`${own} IS NULL`;
    case "not null":
      return sql`${own} IS NOT NULL`;
    case "false":
      return sql`NOT ${own}`;
  }
}

/** Reads the answer of `liveStatement`. */
export function readLive(
  answer: readonly Answer[],
  resources: readonly Resource[],
  catalog: Catalog,
): LiveRows {
  const found = new Map<number, LiveRow[]>();
  for (const line of answer) {
    const index = Number(line["n"]);
    const kind = resources[index]?.kind;
    if (kind === undefined) continue;
    const row = liveRow(line["row"], catalog.tables.get(LIVE_TABLES[kind].table));
    const { id } = row;
    const entry: LiveRow = {
      id: typeof id === "number" || typeof id === "string" ? id : 0,
      row,
      extra: line["extra"],
      parentName: typeof line["parent_name"] === "string" ? line["parent_name"] : undefined,
    };
    found.set(index, [...found.get(index) ?? [], entry]);
  }
  return found;
}

/** A row as JSON → cells. */
export function liveRow(json: unknown, columns: ReadonlyMap<string, Column> | undefined): Row {
  const row: Record<string, Cell> = {};
  for (const [name, value] of Object.entries(typeof json === "object" && json !== null ? json : {})) {
    const isJson = /^jsonb?$/.test(columns?.get(name)?.type ?? "");
    row[name] = isJson && value !== null ? { json: value } : cellOf(value);
  }
  return row;
}

/** Names of live entities of some kinds, at most 1,000 each: for suggestions beside a name that was not found. */
export function namesStatement(kinds: readonly KindName[], look: Look): Statement {
  const selects = kinds.map((kind) => {
    const name = column("t", LIVE_TABLES[kind].nameColumn ?? "name");
    return sql`(SELECT ${kind} AS kind, ${name}::text AS name FROM ${liveFrom(kind, look)} LIMIT 1000)`;
  });
  return query`SELECT * FROM (${joined(selects, sql` UNION `)}) n ORDER BY kind, name`;
}

/** The live rows of a kind. */
function liveFrom(kind: KindName, { catalog, from }: Look): Fragment {
  return sql`${from(LIVE_TABLES[kind].table)} t WHERE ${liveCondition(kind, catalog) ?? sql`true`}`;
}

/**
 * Which kinds already have live entities: for `only_if_none`. Answers rows of (kind, parent); the parent is the live id,
 * NULL for kinds without one.
 */
export function occupiedStatement(
  kinds: readonly KindName[],
  parents: ReadonlyMap<KindName, readonly number[]>,
  look: Look,
): Statement {
  const parts = kinds.flatMap((kind) => {
    const { parentColumn } = LIVE_TABLES[kind];
    const from = liveFrom(kind, look);
    if (parentColumn === undefined) {
      return [sql`SELECT ${kind} AS kind, NULL::int4 AS parent WHERE EXISTS (SELECT FROM ${from})`];
    }
    const above = parents.get(kind) ?? [];
    if (above.length === 0) return [];
    return [
      sql`SELECT ${kind} AS kind, i.id AS parent FROM unnest(${
        ids(above)
      }) AS i(id) WHERE EXISTS (SELECT FROM ${from} AND ${column("t", parentColumn)} = i.id)`,
    ];
  });
  return parts.length === 0
    ? query`SELECT NULL::text AS kind, NULL::int4 AS parent WHERE false`
    : query`${joined(parts, UNION_ALL)}`;
}
