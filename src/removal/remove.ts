/** Deleting a closure of rows: children first, authors become NULL, environments that stay are touched. */
import { arrayLiteral, identifier } from "../database/literal.ts";
import type { Ask } from "../database/ask.ts";
import { forgetStatement, touchStatements } from "../database/touch.ts";
import { name, pointsTo } from "./closure.ts";
import type { RowSet } from "../database/row_set.ts";
import type { RowGraph } from "./edges.ts";

/** Environments that stay and whose flags a removal changes. */
export interface Touched {
  readonly environments: readonly number[];
}

/** Each state is looked up by its key: a join might read all there are. */
const OF_STATE =
  "SELECT s.environment_id FROM (SELECT t.feature_state_id FROM {t} t WHERE t.id = ANY({ids}) OFFSET 0) v CROSS JOIN LATERAL (SELECT s.environment_id FROM {s}.features_featurestate s WHERE s.id = v.feature_state_id OFFSET 0) s";

/** Tables whose rows are part of an environment's flags, and how to come from a row to environments. */
const FLAG_TABLES: readonly (readonly [table: string, environments: string])[] = [
  ["features_featurestate", "SELECT t.environment_id FROM {t} t WHERE t.id = ANY({ids})"],
  ["features_featuresegment", "SELECT t.environment_id FROM {t} t WHERE t.id = ANY({ids})"],
  [
    "features_featurestatevalue",
    OF_STATE,
  ],
  [
    "multivariate_multivariatefeaturestatevalue",
    OF_STATE,
  ],
  [
    "multivariate_multivariatefeatureoption",
    "SELECT e.id FROM {t} t JOIN {s}.features_feature f ON f.id = t.feature_id JOIN {s}.environments_environment e ON e.project_id = f.project_id WHERE t.id = ANY({ids})",
  ],
  [
    "features_feature",
    "SELECT e.id FROM {t} t JOIN {s}.environments_environment e ON e.project_id = t.project_id WHERE t.id = ANY({ids})",
  ],
  [
    "segments_segment",
    "SELECT e.id FROM {t} t JOIN {s}.environments_environment e ON e.project_id = t.project_id WHERE t.id = ANY({ids})",
  ],
  [
    "segments_segmentrule",
    "SELECT e.id FROM {t} t JOIN {s}.segments_segment g ON g.id = t.segment_id JOIN {s}.environments_environment e ON e.project_id = g.project_id WHERE t.id = ANY({ids})",
  ],
  [
    "segments_condition",
    "SELECT e.id FROM {t} t JOIN {s}.segments_segmentrule r ON r.id = t.rule_id LEFT JOIN {s}.segments_segmentrule u ON u.id = r.rule_id JOIN {s}.segments_segment g ON g.id = coalesce(r.segment_id, u.segment_id) JOIN {s}.environments_environment e ON e.project_id = g.project_id WHERE t.id = ANY({ids})",
  ],
  ["environments_environment", "SELECT t.id FROM {t} t WHERE t.id = ANY({ids})"],
  [
    "projects_project",
    "SELECT e.id FROM {t} t JOIN {s}.environments_environment e ON e.project_id = t.id WHERE t.id = ANY({ids})",
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
    return [
      select.replaceAll("{t}", name(graph, table)).replaceAll("{s}", identifier(graph.schema)).replaceAll(
        "{ids}",
        arrayLiteral([...ids], "int4"),
      ),
    ];
  });
  if (selects.length === 0) return [];
  const [answer] = await ask("look which flags change", [
    `SELECT DISTINCT environment_id AS id FROM (${selects.join("\nUNION ")}) touched(environment_id)`,
  ]);
  const gone = removed.get("environments_environment") ?? new Set<string>();
  // A feature has a state without an environment where an old release made one.
  return (answer ?? []).filter((row) => row["id"] !== null && !gone.has(String(row["id"]))).map((row) =>
    Number(row["id"])
  ).sort((a, b) => a - b);
}

/** Statements that delete the rows; what pointed to them as their author keeps living without one. */
export function removalStatements(graph: RowGraph, rows: RowSet): readonly string[] {
  const nulled = [...rows].flatMap(([table, ids]) =>
    (graph.into.get(table) ?? []).filter((edge) => edge.then === "null" && !edge.loose).map((edge) =>
      `UPDATE ${name(graph, edge.table)} SET ${identifier(edge.column)} = NULL WHERE ${
        pointsTo(graph, edge, ids)
      }`
    )
  );
  const deletes = childrenFirst(graph, rows).flatMap((table) => {
    const key = graph.keys.get(table);
    const ids = rows.get(table);
    return key === undefined || ids === undefined || ids.size === 0 ? [] : [
      `DELETE FROM ${name(graph, table)} WHERE ${identifier(key.column)} = ANY(${
        arrayLiteral([...ids], key.type)
      })`,
    ];
  });
  return [...cacheStatements(graph, rows), ...deletes, ...nulled];
}

/** Documents of environments that go (`contract.md` 11): the cache is keyed by the client key. */
function cacheStatements(graph: RowGraph, rows: RowSet): readonly string[] {
  const ids = rows.get("environments_environment");
  if (ids === undefined || !graph.keys.has("environment-documents")) return [];
  return [forgetStatement(graph.schema, isOneOf([...ids]))];
}

/** Moves `updated_at` of surviving environments. To be run first: what is restored afterwards may be a key of the cache. */
export function touchEnvironments(graph: RowGraph, environments: readonly number[]): readonly string[] {
  return environments.length === 0
    ? []
    : touchStatements(graph.schema, graph.keys.has("environment-documents"), isOneOf(environments));
}

function isOneOf(environments: readonly (string | number)[]): string {
  return `id = ANY(${arrayLiteral(environments.map(Number), "int4")})`;
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
