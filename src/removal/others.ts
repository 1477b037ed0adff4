/** Which of the rows that are to be removed others made: somebody's work, or only traces of use. */
import { column, NOTHING, query, sql } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { keyArray, type RowSet } from "../database/row_set.ts";
import { name } from "./closure.ts";
import { isHistory, type RowGraph } from "./edges.ts";

/**
 * Rows that using an instance leaves behind; they go with what they belong to (`docs/log.md#what-teardown-promises`).
 */
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
export async function rowsOfOthers(ask: Ask, graph: RowGraph, found: RowSet, ours: RowSet): Promise<RowSet> {
  const others = new Map<string, Set<string>>();
  for (const [table, ids] of found) {
    if (isTrace(table)) continue;
    const rest = [...ids].filter((id) => ours.get(table)?.has(id) !== true);
    if (rest.length > 0) others.set(table, new Set(rest));
  }
  for (const table of ["features_featurestate", "feature_versioning_environmentfeatureversion"]) {
    const ids = others.get(table);
    if (ids === undefined) continue;
    const kept = await editedStates(ask, graph, table, ids, ours.get(table) ?? new Set());
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
async function editedStates(
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
  const [answer] = await ask("classify dependent rows", [
    query`SELECT ${column("t", key.column)}::text AS id FROM ${name(graph, table)} t WHERE ${
      column("t", key.column)
    } = ANY(${keyArray(ids, key.type)}) AND (${override} EXISTS (SELECT FROM ${name(graph, table)} o WHERE ${
      column("o", key.column)
    } = ANY(${
      keyArray(ours, key.type)
    }) AND o.feature_id = t.feature_id AND o.environment_id = t.environment_id ${plain}))`,
  ]);
  return new Set((answer ?? []).map((row) => String(row["id"])));
}
