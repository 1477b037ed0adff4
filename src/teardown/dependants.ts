/** What hangs on rows that are to go and that this tool did not write: traces of use, or somebody's work. */
import { array, ids as idArray, typeName } from "../database/render.ts";
import {
  column,
  type Fragment,
  join,
  list,
  NOTHING,
  query,
  sql,
  type Statement,
} from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import type { Column } from "../database/catalog.ts";
import { name } from "../removal/closure.ts";
import type { RowSet } from "../database/row_set.ts";
import { isHistory, type RowGraph } from "../removal/edges.ts";
import type { OpenEvent } from "../log/events.ts";
import { rowSum } from "../log/row_fingerprint.ts";

/** Rows of one table that make a teardown refuse. */
export interface Dependants {
  readonly table: string;
  readonly count: number;
  /** `"QA" (5)`: names and keys of the first ones. */
  readonly examples: readonly string[];
}

/** Rows that using an instance leaves behind; they go with what they belong to (`spec` section 7). */
const TRACES: ReadonlySet<string> = new Set([
  "audit_auditlog",
  "authtoken_token",
  "custom_auth_userpasswordresetrequest",
  "django_admin_log",
  "feature_dependencies_segmentflagreference",
  "features_featuresegment",
  "features_featurestatevalue",
  "multivariate_multivariatefeaturestatevalue",
  "organisations_hubspotorganisation",
  "organisations_organisationapiusagenotification",
  "organisations_organisationsubscriptioninformationcache",
  "segment_membership_segmentmembershipcount",
  "segment_membership_segmentmembershipseed",
  "softdelete_changeset",
  "softdelete_softdeleterecord",
  "token_blacklist_blacklistedtoken",
  "token_blacklist_outstandingtoken",
  "users_hubspotlead",
  "users_hubspottracker",
]);

/** True for tables whose rows never count as somebody's work. */
function isTrace(table: string): boolean {
  return TRACES.has(table) || isHistory(table) || /^(app_analytics|oauth2_provider)_/.test(table);
}

/** Rows of others among `found`: everything but what is ours and what only shows that the instance was used. */
export async function othersAmong(ask: Ask, graph: RowGraph, found: RowSet, ours: RowSet): Promise<RowSet> {
  const others = new Map<string, Set<string>>();
  for (const [table, ids] of found) {
    if (isTrace(table)) continue;
    const rest = [...ids].filter((id) => ours.get(table)?.has(id) !== true);
    if (rest.length > 0) others.set(table, new Set(rest));
  }
  for (const table of ["features_featurestate", "feature_versioning_environmentfeatureversion"]) {
    const ids = others.get(table);
    if (ids === undefined) continue;
    const kept = await worked(ask, graph, table, ids, ours.get(table) ?? new Set());
    if (kept.size === 0) others.delete(table);
    else others.set(table, kept);
  }
  return others;
}

/**
 * A flag of others in our environment, and our flag in an environment of others, have states that the application made
 * by itself. Work are overrides, and states of a flag in an environment of which we have written the default ourselves:
 * somebody published a new one.
 */
async function worked(
  ask: Ask,
  graph: RowGraph,
  table: string,
  ids: ReadonlySet<string>,
  ours: ReadonlySet<string>,
): Promise<Set<string>> {
  const key = graph.keys.get(table);
  if (key === undefined) return new Set(ids);
  const isState = table === "features_featurestate";
  const override = isState ? sql`t.identity_id IS NOT NULL OR t.feature_segment_id IS NOT NULL OR` : NOTHING;
  const plain = isState ? sql`AND o.identity_id IS NULL AND o.feature_segment_id IS NULL` : NOTHING;
  const type = typeName(key.type);
  const [answer] = await ask("look who made what hangs on it", [
    query`SELECT ${column("t", key.column)}::text AS id FROM ${name(graph, table)} t WHERE ${
      column("t", key.column)
    } = ANY(${array([...ids], type)}) AND (${override} EXISTS (SELECT FROM ${name(graph, table)} o WHERE ${
      column("o", key.column)
    } = ANY(${
      array([...ours], type)
    }) AND o.feature_id = t.feature_id AND o.environment_id = t.environment_id ${plain}))`,
  ]);
  return new Set((answer ?? []).map((row) => String(row["id"])));
}

/**
 * Rows of ours that others changed since: the history holds a change that the log does not know, or, without history,
 * the row has another fingerprint than it was written with. Rows that others deleted in the application do not count.
 */
export async function changedByOthers(
  ask: Ask,
  graph: RowGraph,
  events: readonly OpenEvent[],
  ours: RowSet,
  found: RowSet,
  columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
): Promise<RowSet> {
  const changed = new Map<string, Set<string>>();
  const add = (table: string, id: string): void => {
    changed.set(table, new Set([...changed.get(table) ?? [], id]));
  };
  const statements: Statement[] = [];
  for (const [table, ids] of found) {
    if (!isHistory(table)) continue;
    const base = table.replace("_historical", "_");
    const key = graph.keys.get(base);
    const own = ours.get(base);
    const unknown = [...ids].filter((id) => ours.get(table)?.has(id) !== true);
    if (key === undefined || own === undefined || unknown.length === 0) continue;
    const alive = graph.softDeleted.has(base) ? sql`AND b.deleted_at IS NULL` : NOTHING;
    const baseKey = column("b", key.column);
    statements.push(
      query`SELECT DISTINCT ${base} AS "table", ${baseKey}::text AS id FROM ${name(graph, table)} h
JOIN ${name(graph, base)} b ON ${baseKey} = ${
        column("h", key.column)
      } ${alive} WHERE h.history_type = '~' AND h.history_id = ANY(${
        idArray(unknown.map(Number))
      }) AND ${baseKey} = ANY(${array([...own], typeName(key.type))})`,
    );
  }
  const sums = newestSums(events, ours);
  for (const [table, wanted] of sums) {
    const key = table === "api_keys_masterapikey"
      ? { column: "prefix", type: "text" }
      : graph.keys.get(table);
    if (key === undefined) continue;
    const own = column("t", key.column);
    statements.push(
      query`SELECT ${table} AS "table", ${own}::text AS id, row_to_json(t) AS row FROM ${
        name(graph, table)
      } t WHERE ${own} = ANY(${array([...wanted.keys()], typeName(key.type))})${
        graph.softDeleted.has(table) ? sql` AND t.deleted_at IS NULL` : NOTHING
      }`,
    );
  }
  if (statements.length === 0) return changed;
  for (const row of (await ask("look what others changed", statements)).flat()) {
    const [table, id] = [String(row["table"]), String(row["id"])];
    const wanted = sums.get(table)?.get(id);
    if (wanted === undefined) {
      if (row["row"] === undefined) add(table, id);
      continue;
    }
    const live = rowSum(table, Object(row["row"]), columns.get(table), wanted.hidden);
    const [shape] = wanted.sum.split(":");
    if (live !== undefined && live.startsWith(`${shape}:`) && live !== wanted.sum) add(table, id);
  }
  return changed;
}

function newestSums(
  events: readonly OpenEvent[],
  ours: RowSet,
): ReadonlyMap<string, ReadonlyMap<string, { readonly sum: string; readonly hidden: ReadonlySet<string> }>> {
  const newest = new Map<string, Map<string, { sum: string; hidden: ReadonlySet<string> }>>();
  for (const { rows, details } of events) {
    const secret: unknown = details["secret"];
    const hidden = new Set(Array.isArray(secret) ? secret.map(String) : []);
    for (const [table, sums] of Object.entries(rows.sums ?? {})) {
      if (!ours.has(table)) continue;
      const known = newest.get(table) ?? new Map();
      for (const [id, sum] of Object.entries(sums)) known.set(id, { sum, hidden });
      newest.set(table, known);
    }
  }
  return newest;
}

/** How many rows are listed by name. */
const LISTED = 20;

/** Names rows for a message, in the order of tables. */
export async function describeRows(ask: Ask, graph: RowGraph, rows: RowSet): Promise<readonly Dependants[]> {
  const tables = [...rows].filter(([, ids]) => ids.size > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  let left = LISTED;
  const wanted = tables.map(([table, ids]) => {
    const shown = [...ids].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1)).slice(0, left);
    left -= shown.length;
    return { table, ids, shown };
  });
  const selects = wanted.map(({ table, shown }): Fragment => {
    const key = graph.keys.get(table) ?? { column: "id", type: "int4" };
    const shownKey = column("t", table === "api_keys_masterapikey" ? "prefix" : key.column);
    const words = ["name", "email", "label", "identifier"].map((word) => sql`to_jsonb(t) ->> ${word}`);
    return sql`SELECT ${table} AS "table", ${shownKey}::text AS id, coalesce(${list(words)}) AS name FROM ${
      name(graph, table)
    } t WHERE ${column("t", key.column)} = ANY(${array(shown, typeName(key.type))})`;
  });
  const answers = await ask("name what hangs on it", [query`${join(selects, sql`\nUNION ALL `)}`]);
  const named = Map.groupBy(answers[0] ?? [], (row) => String(row["table"]));
  return wanted.map(({ table, ids }) => ({
    table,
    count: ids.size,
    examples: (named.get(table) ?? []).map((row) =>
      row["name"] === null ? String(row["id"]) : `"${row["name"]}" (${row["id"]})`
    ).sort(),
  }));
}
