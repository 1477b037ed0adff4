/** One statement that finds the live rows of all resources of a run, whatever their number. */
import type { Catalog, Column } from "../database/catalog.ts";
import { ids, texts } from "../database/render.ts";
import {
  all,
  column,
  type Fragment,
  identifier,
  join as joined,
  NOTHING,
  query,
  sql,
  type Statement,
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
export function liveStatement(wanted: readonly Wanted[], { catalog, from: tableOf }: Look): Statement {
  const byKind = Map.groupBy(wanted, (w) => w.resource.kind);
  const parentKinds = new Set([...byKind.keys()].map((kind) => ALL_SPECS[kind].parent));
  const ctes: Fragment[] = [];
  const selects: Fragment[] = [];
  for (const kind of KIND_NAMES) {
    const group = byKind.get(kind);
    if (group === undefined) continue;
    const live = LIVE_TABLES[kind];
    const table = tableOf(live.table);
    const conditions = liveCondition(kind, catalog);
    const condition = conditions === undefined ? sql`true` : unindexed(conditions);
    const key = live.match === undefined ? undefined : keyOf(live.match);
    const match = key === undefined ? NOTHING : sql` AND ${key} = w.key`;
    const [liveRows, foundRows] = [identifier(`l_${kind}`), identifier(`m_${kind}`)];
    const spec = ALL_SPECS[kind];
    const join = joinsOf(live, tableOf);
    const extra = live.extra?.(tableOf) ?? sql`NULL::json`;
    const primaryKey = column("t", live.primaryKey);
    // Kinds that have children have ids.
    const isParent = parentKinds.has(kind);
    const id = isParent ? sql`t.id, ` : NOTHING;
    const entity = (where: Fragment, joins = NOTHING): Fragment =>
      sql`LATERAL (SELECT ${id}row_to_json(t.*) AS row, ${extra} AS extra FROM ${table} t ${joins} WHERE ${where} OFFSET 0) t`;
    const parts: Fragment[] = [];
    if (live.parentColumn === undefined || spec.parent === undefined) {
      parts.push(
        sql`SELECT w.n, ${id}row_to_json(t.*) AS row, NULL::text AS parent_name, ${extra} AS extra FROM ${
          wantedRows(group)
        } JOIN ${table} t ON true${match} WHERE ${condition}`,
      );
    } else {
      const parent = column("t", live.parentColumn);
      const parents = byKind.get(spec.parent);
      const children = group.filter((w) => w.resource.parent !== undefined);
      if (parents !== undefined && children.length > 0) {
        const parentRows = identifier(`l_${spec.parent}`);
        if (key === undefined || (live.indexed === true && catalog.large.has(live.table))) {
          parts.push(
            sql`SELECT w.n, ${id}t.row, NULL::text AS parent_name, t.extra FROM (SELECT w.n, w.key, p.id AS parent FROM ${
              wantedRows(children)
            } JOIN ${parentRows} p ON p.n = w.parent OFFSET 0) w
  CROSS JOIN ${
              entity(
                sql`${parent} = w.parent${match} AND ${
                  key === undefined ? condition : conditions ?? sql`true`
                }`,
                join,
              )
            }`,
          );
        } else {
          const numbers = new Set(children.map((w) => w.resource.parent?.index ?? null));
          const among = numbers.size === parents.length
            ? NOTHING
            : sql` JOIN unnest(${ids([...numbers])}) AS u(n) ON u.n = p.n`;
          ctes.push(
            sql`${foundRows} AS MATERIALIZED (SELECT p.n AS parent, t.found, t.key FROM (SELECT p.n, p.id FROM ${parentRows} p${among} OFFSET 0) p
  CROSS JOIN LATERAL (SELECT ${primaryKey} AS found, ${key} AS key FROM ${table} t ${join}
    WHERE ${parent} = p.id AND ${condition} OFFSET 0) t)`,
          );
          parts.push(
            sql`SELECT w.n, ${id}t.row, NULL::text AS parent_name, t.extra FROM (SELECT w.n, m.found FROM ${foundRows} m JOIN ${
              wantedRows(children)
            } ON w.parent = m.parent AND w.key = m.key OFFSET 0) w
  CROSS JOIN ${entity(sql`${primaryKey} = w.found`)}`,
          );
        }
      }
      if (children.length < group.length) {
        const orphans = wantedRows(group.filter((w) => w.resource.parent === undefined));
        const above = tableOf(LIVE_TABLES[spec.parent].table);
        parts.push(
          sql`SELECT w.n, ${id}row_to_json(t.*) AS row, a.name AS parent_name, ${extra} AS extra FROM ${orphans} JOIN ${table} t ON true${match}
  JOIN ${above} a ON a.id = ${parent} AND a.deleted_at IS NULL ${join}
  WHERE ${condition}`,
        );
        // `Organisation/Project`, only where no row has the whole text as its name.
        parts.push(
          sql`SELECT w.n, ${id}row_to_json(t.*) AS row, a.name AS parent_name, ${extra} AS extra FROM ${orphans} JOIN ${above} a
  ON a.deleted_at IS NULL AND left(w.key, length(a.name) + 1) = a.name || '/'
  JOIN ${table} t ON ${parent} = a.id AND t.name = substr(w.key, length(a.name) + 2) ${join}
  WHERE position('/' IN w.key) > 0 AND ${condition}
  AND NOT EXISTS (SELECT FROM ${table} t WHERE t.name = w.key AND ${condition})`,
        );
      }
    }
    if (isParent) {
      ctes.push(sql`${liveRows} AS MATERIALIZED (${joined(parts, UNION_ALL)})`);
      selects.push(sql`SELECT n, row, parent_name, extra FROM ${liveRows}`);
    } else appendAll(selects, parts);
  }
  const list = joined(selects, UNION_ALL);
  return ctes.length === 0 ? query`${list}` : query`WITH ${joined(ctes, sql`,\n`)}\n${list}`;
}

/** What is wanted of one kind as rows `w`: index of the resource, index of its parent, what its key equals. */
function wantedRows(group: readonly Wanted[]): Fragment {
  const rows = sql`unnest(${ids(group.map((w) => w.resource.index))},
  ${ids(group.map((w) => w.resource.parent?.index ?? null))}, ${texts(group.map((w) => w.key))})`;
  return group.some((w) => ignoresCase(w.resource.kind))
    ? sql`(SELECT n, parent, lower(key) AS key FROM ${rows} AS u(n, parent, key)) w`
    : sql`${rows} AS w(n, parent, key)`;
}

const UNION_ALL = sql`\nUNION ALL `;

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
