/** Which of the states of a feature in an environment is the one that flags are served from (`contract.md` 5 and 7). */
import type { TableSource } from "./live.ts";

/**
 * Joins the state `t` to its environment `e` and keeps it only when it is current: of the latest published version in a
 * versioned environment, of the one that went live last elsewhere, which leaves scheduled ones out. `holder` compares
 * the columns that tell the states of one feature apart, with `n` for the rival. Both rivals are found by their feature,
 * never by the environment, whose states are many more: no index serves `IS NOT DISTINCT FROM`.
 */
export function currentState(from: TableSource, holder: string): string {
  return `JOIN ${from("environments_environment")} e ON e.id = t.environment_id AND e.deleted_at IS NULL
  LEFT JOIN LATERAL (SELECT v.uuid FROM ${from("feature_versioning_environmentfeatureversion")} v
    WHERE v.feature_id = t.feature_id AND v.environment_id IS NOT DISTINCT FROM t.environment_id AND v.deleted_at IS NULL
      AND v.published_at IS NOT NULL AND v.live_from <= now() ORDER BY v.live_from DESC LIMIT 1) lv ON e.use_v2_feature_versioning
  JOIN LATERAL (SELECT 1) current_state ON CASE WHEN t.identity_id IS NOT NULL THEN true
    WHEN e.use_v2_feature_versioning THEN t.environment_feature_version_id = lv.uuid
    ELSE t.environment_feature_version_id IS NULL AND t.version IS NOT NULL AND coalesce(t.live_from, t.created_at) <= now()
      AND NOT EXISTS (SELECT FROM ${from("features_featurestate")} n
        WHERE n.feature_id = t.feature_id AND n.environment_id IS NOT DISTINCT FROM t.environment_id AND n.deleted_at IS NULL AND ${holder}
          AND n.version IS NOT NULL AND n.live_from <= now() AND (n.live_from, n.version) > (coalesce(t.live_from, t.created_at), t.version)) END`;
}
