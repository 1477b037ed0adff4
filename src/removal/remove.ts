/** Deleting a closure of rows: children first, authors become NULL, environments that stay are touched. */
import { ids as idArray } from "../database/render.ts";
import {
  command,
  type Fragment,
  identifier,
  join,
  query,
  sql,
  type Statement,
} from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { forgetStatement, touchStatements } from "../database/touch.ts";
import { name, pointsTo } from "./closure.ts";
import { keyArray, type RowSet } from "../database/row_set.ts";
import type { RowGraph } from "./edges.ts";

/** Environments that stay and whose flags a removal changes. */
export interface Touched {
  readonly environments: readonly number[];
}

/** From rows of a table, by their ids, to environments. `table` gives the name of another table. */
type ToEnvironments = (rows: Fragment, ids: Fragment, table: (name: string) => Fragment) => Fragment;

/** Each state is looked up by its key: a join might read all there are. */
const OF_STATE: ToEnvironments = (rows, ids, table) =>
  sql`SELECT s.environment_id FROM (SELECT t.feature_state_id FROM ${rows} t WHERE t.id = ANY(${ids}) OFFSET 0) v CROSS JOIN LATERAL (SELECT s.environment_id FROM ${
    table("features_featurestate")
  } s WHERE s.id = v.feature_state_id OFFSET 0) s`;

const OWN: ToEnvironments = (rows, ids) =>
  sql`SELECT t.environment_id FROM ${rows} t WHERE t.id = ANY(${ids})`;

const OF_PROJECT: ToEnvironments = (rows, ids, table) =>
  sql`SELECT e.id FROM ${rows} t JOIN ${
    table("environments_environment")
  } e ON e.project_id = t.project_id WHERE t.id = ANY(${ids})`;

/** Tables whose rows are part of an environment's flags, and how to come from a row to environments. */
const FLAG_TABLES: readonly (readonly [table: string, environments: ToEnvironments])[] = [
  ["features_featurestate", OWN],
  ["features_featuresegment", OWN],
  ["features_featurestatevalue", OF_STATE],
  ["multivariate_multivariatefeaturestatevalue", OF_STATE],
  [
    "multivariate_multivariatefeatureoption",
    (rows, ids, table) =>
      sql`SELECT e.id FROM ${rows} t JOIN ${table("features_feature")} f ON f.id = t.feature_id JOIN ${
        table("environments_environment")
      } e ON e.project_id = f.project_id WHERE t.id = ANY(${ids})`,
  ],
  ["features_feature", OF_PROJECT],
  ["segments_segment", OF_PROJECT],
  [
    "segments_segmentrule",
    (rows, ids, table) =>
      sql`SELECT e.id FROM ${rows} t JOIN ${table("segments_segment")} g ON g.id = t.segment_id JOIN ${
        table("environments_environment")
      } e ON e.project_id = g.project_id WHERE t.id = ANY(${ids})`,
  ],
  [
    "segments_condition",
    (rows, ids, table) =>
      sql`SELECT e.id FROM ${rows} t JOIN ${table("segments_segmentrule")} r ON r.id = t.rule_id LEFT JOIN ${
        table("segments_segmentrule")
      } u ON u.id = r.rule_id JOIN ${
        table("segments_segment")
      } g ON g.id = coalesce(r.segment_id, u.segment_id) JOIN ${
        table("environments_environment")
      } e ON e.project_id = g.project_id WHERE t.id = ANY(${ids})`,
  ],
  ["environments_environment", (rows, ids) => sql`SELECT t.id FROM ${rows} t WHERE t.id = ANY(${ids})`],
  [
    "projects_project",
    (rows, ids, table) =>
      sql`SELECT e.id FROM ${rows} t JOIN ${
        table("environments_environment")
      } e ON e.project_id = t.id WHERE t.id = ANY(${ids})`,
  ],
];

/**
 * Ids of the environments whose flags depend on some rows, those to be removed left out; asked before the rows go. Rows
 * that are to be changed count as well as rows that are to be deleted.
 */
export async function touchedBy(
  ask: Ask,
  graph: RowGraph,
  rows: RowSet,
  removed: RowSet,
): Promise<readonly number[]> {
  const selects = FLAG_TABLES.flatMap(([table, select]) => {
    const ids = rows.get(table);
    if (ids === undefined || ids.size === 0 || !graph.keys.has(table)) return [];
    return [select(name(graph, table), idArray([...ids].map(Number)), (other) => name(graph, other))];
  });
  if (selects.length === 0) return [];
  const [answer] = await ask("look which flags change", [
    query`SELECT DISTINCT environment_id AS id FROM (${
      join(selects, sql`\nUNION `)
    }) touched(environment_id)`,
  ]);
  const gone = removed.get("environments_environment") ?? new Set<string>();
  // A feature has a state without an environment where an old release made one.
  return (answer ?? []).filter((row) => row["id"] !== null && !gone.has(String(row["id"]))).map((row) =>
    Number(row["id"])
  ).sort((a, b) => a - b);
}

/** Statements that delete the rows; what pointed to them as their author keeps living without one. */
export function removalStatements(graph: RowGraph, rows: RowSet): readonly Statement[] {
  const nulled = [...rows].flatMap(([table, ids]) =>
    (graph.into.get(table) ?? []).filter((edge) => edge.then === "null" && !edge.loose).map((edge) =>
      command`UPDATE ${name(graph, edge.table)} SET ${identifier(edge.column)} = NULL WHERE ${
        pointsTo(graph, edge, ids)
      } AND ${staying(graph, edge.table, rows)}`
    )
  );
  const deletes = childrenFirst(graph, rows).flatMap((table) => {
    const key = graph.keys.get(table);
    const ids = rows.get(table);
    return key === undefined || ids === undefined || ids.size === 0 ? [] : [
      command`DELETE FROM ${name(graph, table)} WHERE ${identifier(key.column)} = ANY(${
        keyArray(ids, key.type)
      })`,
    ];
  });
  // A constraint that cannot be deferred is checked with the deletion.
  return [...cacheStatements(graph, rows), ...nulled, ...deletes];
}

/** The condition that a row of a table is not one of those that go. */
function staying(graph: RowGraph, table: string, rows: RowSet): Fragment {
  const key = graph.keys.get(table);
  const ids = rows.get(table);
  return key === undefined || ids === undefined
    ? sql`true`
    : sql`NOT (${identifier(key.column)} = ANY(${keyArray(ids, key.type)}))`;
}

/**
 * Documents of environments that go (`docs/flagsmith/caches.md#environment-document`): the cache is keyed by the client
 * key.
 */
function cacheStatements(graph: RowGraph, rows: RowSet): readonly Statement[] {
  const ids = rows.get("environments_environment");
  if (ids === undefined || !graph.keys.has("environment-documents")) return [];
  return [forgetStatement(graph.schema, isOneOf([...ids]))];
}

/** Moves `updated_at` of surviving environments. To be run first: what is restored afterwards may be a key of the cache. */
export function touchEnvironments(graph: RowGraph, environments: readonly number[]): readonly Statement[] {
  return environments.length === 0
    ? []
    : touchStatements(graph.schema, graph.keys.has("environment-documents"), isOneOf(environments));
}

function isOneOf(environments: readonly (string | number)[]): Fragment {
  return sql`id = ANY(${idArray(environments.map(Number))})`;
}

/** Tables in an order in which nothing is deleted before what points to it; constraints may not be deferrable. */
function childrenFirst(graph: RowGraph, rows: RowSet): readonly string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (table: string): void => {
    if (seen.has(table)) return;
    seen.add(table);
    for (const edge of graph.into.get(table) ?? []) if (rows.has(edge.table)) visit(edge.table);
    order.push(table);
  };
  for (const table of [...rows.keys()].sort()) visit(table);
  return order;
}
