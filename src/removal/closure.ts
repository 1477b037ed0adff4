/** Everything below some rows, whoever made it: the closure over the edges of the live catalog, level by level. */
import { lookup } from "../diagnostics/lookup.ts";
import { array, ids as idArray, texts } from "../database/render.ts";
import {
  type Fragment,
  identifier,
  join,
  query,
  sql,
  type Statement,
  tableIn,
  UNION_ALL,
} from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { isPublicKey, keyArray, type RowSet } from "../database/row_set.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { Secret } from "../source/secret.ts";
import { type LinkChoices, NO_LINK_CHOICES, withLinkChoices } from "./link_choices.ts";
import { type Edge, readRowGraph, type RowGraph, rowGraphStatements } from "./edges.ts";

/** Reads the graph in one round trip, with what the operator says of columns that the program does not know. */
export async function readGraph(
  ask: Ask,
  schema: string,
  choices: LinkChoices = NO_LINK_CHOICES,
): Promise<RowGraph> {
  const graph = readRowGraph(schema, await ask("read the schema", rowGraphStatements(schema)));
  return withLinkChoices(graph, choices);
}

/**
 * The rows themselves and everything that goes with them. The roots are locked against new references first,
 * unless a look is all that is wanted (`locks: false`). Round trips
 * grow with the depth of the graph only. Throws when a row depends on them by a column of which nobody has said whether it
 * may become NULL.
 */
export async function closureOf(
  ask: Ask,
  graph: RowGraph,
  roots: RowSet,
  { locks = true }: { readonly locks?: boolean } = {},
): Promise<RowSet> {
  const found = new Map<string, Set<string>>();
  let frontier = add(found, roots);
  if (frontier.size > 0 && locks) {
    await ask("lock what is to be removed", [...frontier].flatMap(([table, ids]) => lock(graph, table, ids)));
  }
  while (frontier.size > 0) {
    const fresh = new Map<string, Set<string>>();
    while (frontier.size > 0) {
      add(fresh, frontier);
      frontier = add(found, await below(ask, graph, frontier));
    }
    frontier = add(found, await tracesOf(ask, graph, fresh));
  }
  await refuseUnknown(ask, graph, found);
  return found;
}

function add(found: Map<string, Set<string>>, rows: RowSet): RowSet {
  const fresh = new Map<string, Set<string>>();
  for (const [table, ids] of rows) {
    const known = found.get(table) ?? new Set<string>();
    const added = [...ids].filter((id) => !known.has(id));
    if (added.length === 0) continue;
    for (const id of added) known.add(id);
    found.set(table, known);
    fresh.set(table, new Set(added));
  }
  return fresh;
}

function lock(graph: RowGraph, table: string, ids: ReadonlySet<string>): readonly Statement[] {
  const key = graph.keys.get(table);
  if (key === undefined || !graph.into.has(table)) return [];
  return [
    query`SELECT count(*) FROM (SELECT 1 FROM ${name(graph, table)} WHERE ${identifier(key.column)} = ANY(${
      keyArray(ids, key.type)
    }) FOR UPDATE) locked`,
  ];
}

/** The condition that a row of an edge points to one of some keys. */
export function pointsTo(graph: RowGraph, edge: Edge, ids: Iterable<string>): Fragment {
  return sql`${identifier(edge.column)} = ANY(${keyArray(ids, graph.keys.get(edge.target)?.type ?? "text")})`;
}

/** A table's qualified name. */
export function name(graph: RowGraph, table: string): Fragment {
  return tableIn(graph.schema, table);
}

async function below(ask: Ask, graph: RowGraph, frontier: RowSet): Promise<RowSet> {
  const conditions = new Map<string, Fragment[]>();
  for (const [table, ids] of frontier) {
    for (const edge of graph.into.get(table) ?? []) {
      if (edge.then !== "cascade" || !graph.keys.has(edge.table)) continue;
      conditions.set(edge.table, [...conditions.get(edge.table) ?? [], pointsTo(graph, edge, ids)]);
    }
  }
  if (conditions.size === 0) return new Map();
  // A query for each column, never OR over several, which might read a whole table. All are grouped together: a hundred
  // sub-queries, each with a group of its own, take four times as long to plan.
  const keys = [...conditions].flatMap(([table, list]) => {
    const key = identifier(graph.keys.get(table)?.column ?? "id");
    return list.map((condition) =>
      sql`SELECT ${table} AS "table", ${key}::text AS k FROM ${name(graph, table)} WHERE ${condition}`
    );
  });
  const statement = query`SELECT "table", json_agg(k) AS ids FROM (${join(keys, UNION_ALL)}) x GROUP BY 1`;
  return readRows(await ask("find dependent rows", [statement]));
}

function readRows(answers: readonly (readonly Readonly<Record<string, unknown>>[])[]): RowSet {
  const rows = new Map<string, Set<string>>();
  for (const row of answers.flat()) {
    const ids = Array.isArray(row["ids"]) ? row["ids"].map(String) : [];
    if (ids.length === 0) continue;
    const table = String(row["table"]);
    rows.set(table, new Set([...rows.get(table) ?? [], ...ids]));
  }
  return rows;
}

/** Tables that name a row by content type and key instead of a foreign key. */
const GENERIC: readonly string[] = [
  "softdelete_softdeleterecord",
  "softdelete_changeset",
  "metadata_metadata",
  "metadata_metadatamodelfieldrequirement",
  "django_admin_log",
];

/** Words of `audit_auditlog.related_object_type` and the table that they mean. */
const AUDITED: Readonly<Record<string, string>> = lookup({
  FEATURE: "features_feature",
  FEATURE_STATE: "features_featurestate",
  SEGMENT: "segments_segment",
  ENVIRONMENT: "environments_environment",
  CHANGE_REQUEST: "workflows_core_changerequest",
});

/** All tables in which such traces are. */
export const TRACING_TABLES: readonly string[] = [...GENERIC, "audit_auditlog"];

/** Traces of rows in surviving parents: soft-delete records, metadata, audit rows of a removed flag or segment. */
async function tracesOf(ask: Ask, graph: RowGraph, fresh: RowSet): Promise<RowSet> {
  const named = [...fresh].flatMap(([table, ids]) => {
    const type = graph.contentTypes.get(table);
    const isPublic = isPublicKey(graph.keys.get(table)?.type ?? "text");
    return type === undefined ? [] : [...ids].map((id) => ({ type, id: isPublic ? id : new Secret(id) }));
  });
  const statements: Statement[] = [];
  for (const table of named.length === 0 ? [] : GENERIC) {
    const key = graph.keys.get(table);
    if (key === undefined) continue;
    statements.push(
      query`SELECT ${table} AS "table", json_agg(t.${identifier(key.column)}::text) AS ids FROM unnest(${
        idArray(named.map((n) => n.type))
      }, ${texts(named.map((n) => n.id))}) AS w(type, id)
JOIN ${name(graph, table)} t ON t.content_type_id = w.type AND t.object_id::text = w.id`,
    );
  }
  const audited = Object.entries(AUDITED).flatMap(([word, table]) =>
    [...fresh.get(table) ?? []].map((id) => ({ word, id }))
  );
  if (audited.length > 0 && graph.keys.has("audit_auditlog")) {
    // No index has these columns; one statement reads the table once.
    statements.push(
      query`SELECT 'audit_auditlog' AS "table", json_agg(t.id::text) AS ids FROM unnest(${
        texts(audited.map((a) => a.word))
      }, ${array(audited.map((a) => a.id), sql`int4`)}) AS w(word, id)
JOIN ${name(graph, "audit_auditlog")} t ON t.related_object_type = w.word AND t.related_object_id = w.id`,
    );
  }
  return statements.length === 0 ? new Map() : readRows(await ask("look for traces", statements));
}

async function refuseUnknown(ask: Ask, graph: RowGraph, found: RowSet): Promise<void> {
  const edges = [...found].flatMap(([table, ids]) =>
    (graph.into.get(table) ?? []).filter((e) => e.then === "refuse").map((edge) => ({ edge, ids }))
  );
  if (edges.length === 0) return;
  const nameOf = ({ table, column }: Edge): string => `${table}.${column}`;
  const rows = edges.map(({ edge, ids }) =>
    sql`SELECT ${nameOf(edge)} AS "column" FROM ${name(graph, edge.table)} WHERE ${
      pointsTo(graph, edge, ids)
    }`
  );
  const answers = await ask("find dependent rows", [
    query`SELECT "column", count(*)::int AS n FROM (${join(rows, UNION_ALL)}) x GROUP BY 1`,
  ]);
  const counts = new Map((answers[0] ?? []).map((row) => [String(row["column"]), Number(row["n"])]));
  const unknown = edges.map(({ edge }) => nameOf(edge)).filter((column) => counts.has(column)).map((column) =>
    `${column} (${counts.get(column)})`
  );
  if (unknown.length === 0) return;
  const names = unknown.map((text) => text.replace(/ .*$/, ""));
  const ways = `Keep them with ${names.map((column) => `--unlink ${column}`).join(" ")}, remove them with ${
    names.map((column) => `--cascade-through ${column}`).join(" ")
  }`;
  throw new ProvisionError(
    "FP424",
    EXIT.schema,
    `Rows refer to what is to be removed by a column that this release does not know: ${unknown.join(", ")}`,
    `It may be NULL, so nobody can say whether the rows should stay or go. ${ways}, or use a newer flagsmith-provision. Nothing was changed`,
  );
}
