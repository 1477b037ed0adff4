/** Where live rows of the kind are. */
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import { STATE_TABLES } from "../state_rows.ts";
import { INITIAL_VALUE, stateDiffers, stateParts } from "../state_live_rows.ts";
import type { FeatureStateFields } from "./spec.ts";

/** Live rows of the kind: environment defaults. */
export const featureStateLive: TableMapping<FeatureStateFields> = {
  table: "features_featurestate",
  currentOf: "environment",
  match: { columns: [{ of: "e", column: "name" }] },
  parentColumn: "feature_id",
  copied: INITIAL_VALUE,
  live: [NOT_DELETED, { column: "feature_segment_id", is: "null" }, { column: "identity_id", is: "null" }],
  primaryKey: "id",
  extra: stateParts,
  differs: stateDiffers,
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
