/** Where live rows of the kind are. */
import { idAndUuid, type TableMapping } from "../live.ts";
import { STATE_TABLES } from "../state_rows.ts";
import { currentState } from "../state_live.ts";
import { INITIAL_VALUE, stateDeeper, stateDiffers, stateExtraSql } from "../state_live_rows.ts";
import type { FeatureStateFields } from "./spec.ts";

/** Live rows of the kind: environment defaults. */
export const featureStateLive: TableMapping<FeatureStateFields> = {
  table: "features_featurestate",
  // In this form the planner does not look for rivals among all rows that are neither: those are most of the table.
  join: (from) =>
    currentState(from, "(CASE WHEN n.feature_segment_id IS NULL AND n.identity_id IS NULL THEN true END)"),
  match: "e.name",
  parentColumn: "feature_id",
  copied: INITIAL_VALUE,
  live: "t.deleted_at IS NULL AND t.feature_segment_id IS NULL AND t.identity_id IS NULL",
  primaryKey: "id",
  extra: stateExtraSql,
  differs: stateDiffers,
  relatedChange: stateDeeper,
  identity: idAndUuid,
  writes: [
    ...STATE_TABLES,
    "multivariate_historicalmultivariatefeaturestatevalue",
    // A new version copies the overrides, too.
    "features_featuresegment",
    "features_historicalfeaturesegment",
  ],
  columns: (fields) => ({ enabled: fields.enabled }),
};
