/** One statement that finds the live rows of all resources of a run, whatever their number (`design`, step 1). */
import type { Catalog, Column } from "../database/catalog.ts";
import { arrayLiteral, identifier, literal } from "../database/literal.ts";
import type { Answer } from "../database/session.ts";
import { patiently, unindexed } from "../database/unindexed.ts";
import { type Cell, cellOf, type Row } from "../flagsmith/cell.ts";
import type { Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { LiveRow } from "../kinds/live.ts";
import { ALL_SPECS, KIND_NAMES, type KindName, storedName } from "../kinds/specs.ts";
import type { Look } from "./look.ts";

/** What to look for: the name of a resource as `askedName` gives it, unless it is known to be live under another name. */
export interface Wanted {
  readonly resource: Resource;
  readonly key: string;
}

/** True when the database compares names of the kind without regard to case. */
function ignoresCase(kind: KindName): boolean {
  return LIVE_TABLES[kind].match?.startsWith("lower(") === true;
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
 * read once, and what is wanted of it is joined to that; then the rows are read by primary key.
 */
export function liveStatement(wanted: readonly Wanted[], { catalog, from }: Look): string {
  const byKind = Map.groupBy(wanted, (w) => w.resource.kind);
  const ctes: string[] = [];
  const selects: string[] = [];
  for (const kind of KIND_NAMES) {
    const group = byKind.get(kind);
    if (group === undefined) continue;
    const live = LIVE_TABLES[kind];
    const table = from(live.table);
    const plain = liveCondition(kind, catalog);
    const condition = unindexed(plain);
    const match = live.match === undefined ? "" : ` AND ${live.match} = w.key`;
    ctes.push(
      `w_${kind}(n, parent, key) AS MATERIALIZED (SELECT ${
        ignoresCase(kind) ? "n, parent, lower(key)" : "*"
      } FROM unnest(${arrayLiteral(group.map((w) => w.resource.index), "int4")},
  ${arrayLiteral(group.map((w) => w.resource.parent?.index ?? null), "int4")}, ${
        arrayLiteral(group.map((w) => w.key), "text")
      })${ignoresCase(kind) ? " AS u(n, parent, key)" : ""})`,
    );
    const spec = ALL_SPECS[kind];
    const join = patiently(live.join?.(from) ?? "");
    const extra = patiently(live.extra?.(from) ?? "NULL::json");
    const id = live.primaryKey === "id" ? "t.id" : "NULL::int4 AS id";
    const entity = (where: string): string =>
      `LATERAL (SELECT ${id}, row_to_json(t) AS row, ${extra} AS extra FROM ${table} t ${join} WHERE ${where} OFFSET 0) t`;
    const parts: string[] = [];
    if (live.parentColumn === undefined || spec.parent === undefined) {
      parts.push(
        `SELECT w.n, ${id}, row_to_json(t) AS row, NULL::text AS parent_name, ${extra} AS extra FROM w_${kind} w JOIN ${table} t ON true${match} WHERE ${condition}`,
      );
    } else {
      if (byKind.has(spec.parent)) {
        const below = `l_${spec.parent} p ON p.n = w.parent`;
        const byName = live.match === undefined || (live.indexed === true && catalog.large.has(live.table));
        if (!byName) {
          ctes.push(
            `m_${kind} AS MATERIALIZED (SELECT p.n AS parent, t.found, t.key FROM (SELECT DISTINCT p.n, p.id FROM w_${kind} w JOIN ${below} OFFSET 0) p
  CROSS JOIN LATERAL (SELECT t.${live.primaryKey} AS found, ${live.match} AS key FROM ${table} t ${join}
    WHERE t.${live.parentColumn} = p.id AND ${condition} OFFSET 0) t)`,
          );
        }
        const found = byName
          ? `(SELECT w.n, w.key, p.id AS parent FROM w_${kind} w JOIN ${below} OFFSET 0) w
  CROSS JOIN ${
            entity(
              `t.${live.parentColumn} = w.parent${match} AND ${live.match === undefined ? condition : plain}`,
            )
          }`
          : `(SELECT w.n, m.found FROM m_${kind} m JOIN w_${kind} w ON w.parent = m.parent AND w.key = m.key OFFSET 0) w
  CROSS JOIN ${entity(`t.${live.primaryKey} = w.found`)}`;
        parts.push(`SELECT w.n, t.id, t.row, NULL::text AS parent_name, t.extra FROM ${found}`);
      }
      if (group.some((w) => w.resource.parent === undefined)) {
        const above = LIVE_TABLES[spec.parent];
        parts.push(
          `SELECT w.n, ${id}, row_to_json(t) AS row, a.name AS parent_name, ${extra} AS extra FROM w_${kind} w JOIN ${table} t ON true${match}
  JOIN ${from(above.table)} a ON a.id = t.${live.parentColumn} AND a.deleted_at IS NULL ${join}
  WHERE w.parent IS NULL AND ${condition}`,
        );
        // `Organisation/Project`, only where no row has the whole text as its name.
        parts.push(
          `SELECT w.n, ${id}, row_to_json(t) AS row, a.name AS parent_name, ${extra} AS extra FROM w_${kind} w JOIN ${
            from(above.table)
          } a
  ON a.deleted_at IS NULL AND left(w.key, length(a.name) + 1) = a.name || '/'
  JOIN ${table} t ON t.${live.parentColumn} = a.id AND t.name = substr(w.key, length(a.name) + 2) ${join}
  WHERE w.parent IS NULL AND position('/' IN w.key) > 0 AND ${condition}
  AND NOT EXISTS (SELECT FROM ${table} t WHERE t.name = w.key AND ${condition})`,
        );
      }
    }
    ctes.push(`l_${kind} AS MATERIALIZED (${parts.join("\nUNION ALL\n")})`);
    selects.push(`SELECT n, row, parent_name, extra FROM l_${kind}`);
  }
  return `WITH ${ctes.join(",\n")}\n${selects.join("\nUNION ALL ")}`;
}

/** The live condition of a kind, without parts that name columns the release lacks. */
export function liveCondition(kind: KindName, catalog: Catalog): string {
  const { live, table } = LIVE_TABLES[kind];
  const columns = catalog.tables.get(table);
  const parts = live.split(" AND ").filter((part) => {
    const names = [...part.matchAll(/\bt\.([a-z_]+)/g)].map((m) => m[1] ?? "");
    return names.every((name) => columns?.has(name) ?? false);
  });
  return parts.length === 0 ? "true" : parts.join(" AND ");
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
export function namesStatement(kinds: readonly KindName[], { catalog, from: source }: Look): string {
  return kinds.map((kind) => {
    const column = identifier(LIVE_TABLES[kind].nameColumn ?? "name");
    const from = `${source(LIVE_TABLES[kind].table)} t WHERE ${liveCondition(kind, catalog)}`;
    return `(SELECT ${literal(kind)} AS kind, t.${column}::text AS name FROM ${from} LIMIT 1000)`;
  }).join(" UNION ");
}

/**
 * Which kinds already have live entities: for `only_if_none`. Answers rows of (kind, parent); the parent is the live id,
 * NULL for kinds without one.
 */
export function occupiedStatement(
  kinds: readonly KindName[],
  parents: ReadonlyMap<KindName, readonly number[]>,
  { catalog, from: source }: Look,
): string {
  const parts = kinds.flatMap((kind) => {
    const { table, parentColumn } = LIVE_TABLES[kind];
    const from = `${source(table)} t WHERE ${liveCondition(kind, catalog)}`;
    if (parentColumn === undefined) {
      return [`SELECT ${literal(kind)} AS kind, NULL::int4 AS parent WHERE EXISTS (SELECT FROM ${from})`];
    }
    const ids = parents.get(kind) ?? [];
    if (ids.length === 0) return [];
    return [
      `SELECT ${literal(kind)} AS kind, i.id AS parent FROM unnest(${
        arrayLiteral(ids, "int4")
      }) AS i(id) WHERE EXISTS (SELECT FROM ${from} AND t.${parentColumn} = i.id)`,
    ];
  });
  return parts.length === 0
    ? "SELECT NULL::text AS kind, NULL::int4 AS parent WHERE false"
    : parts.join("\nUNION ALL ");
}
