/**
 * Which of the states of a feature in an environment is the one that flags are served from
 * (`docs/flagsmith/versions.md#the-live-state`).
 */
import type { TableSource } from "../database/table_source.ts";

import { type Fragment, sql } from "../database/statement.ts";
import { isNotDeleted, unindexed } from "../database/unindexed.ts";

/** What states of one feature are for: those of the same holder in an environment are rivals. */
export type StateHolder = "environment" | "segment" | "identity";

/** True for a version `v` whose states are served, or were until a newer one came. */
export const IS_PUBLISHED: Fragment = sql`${
  isNotDeleted("v")
} AND v.published_at IS NOT NULL AND v.live_from <= now()`;

/** The order of published versions `v`, the one that is served first. */
export const NEWEST_VERSION: Fragment = sql`v.live_from DESC, v.created_at DESC`;

/**
 * True for a state that went live, in an environment without versions. One without `live_from` is a draft, as for the
 * application (`features/managers.py`).
 */
export function wentLive(state: "t" | "n"): Fragment {
  return state === "t"
    ? sql`t.version IS NOT NULL AND t.live_from <= now()`
    : sql`n.version IS NOT NULL AND n.live_from <= now()`;
}

/** The condition that the state `n` has the holder of the state `t`. */
const SAME_HOLDER: { readonly [H in StateHolder]: Fragment } = {
  // In this form the planner does not look for rivals among all rows that are neither: those are most of the table.
  environment: unindexed(sql`n.feature_segment_id IS NULL AND n.identity_id IS NULL`),
  segment: sql`n.feature_segment_id = t.feature_segment_id`,
  identity: sql`n.identity_id = t.identity_id`,
};

/**
 * Joins the state `t` to its environment `e` and keeps it only when it is current: of the latest published version in a
 * versioned environment, of the one that went live last elsewhere, which leaves scheduled ones out. The rivals `n` of a
 * state, and the versions, are found by their feature, never by the environment, whose states are many more: no index
 * serves `IS NOT DISTINCT FROM`.
 */
export function currentState(holder: StateHolder, table: TableSource): Fragment {
  return sql`JOIN ${table("environments_environment")} e ON e.id = t.environment_id AND ${isNotDeleted("e")}
  LEFT JOIN LATERAL (SELECT v.uuid FROM ${table("feature_versioning_environmentfeatureversion")} v
    WHERE v.feature_id = t.feature_id AND v.environment_id IS NOT DISTINCT FROM t.environment_id AND ${IS_PUBLISHED}
      ORDER BY ${NEWEST_VERSION} LIMIT 1) lv ON e.use_v2_feature_versioning
  JOIN LATERAL (SELECT 1) current_state ON CASE WHEN t.identity_id IS NOT NULL THEN true
    WHEN e.use_v2_feature_versioning THEN t.environment_feature_version_id = lv.uuid
    ELSE t.environment_feature_version_id IS NULL AND ${wentLive("t")}
      AND NOT EXISTS (SELECT FROM ${table("features_featurestate")} n
        WHERE n.feature_id = t.feature_id AND n.environment_id IS NOT DISTINCT FROM t.environment_id AND ${
    isNotDeleted("n")
  } AND ${SAME_HOLDER[holder]}
          AND ${wentLive("n")} AND (n.live_from, n.version, n.id) > (t.live_from, t.version, t.id)) END`;
}
