/** Where live rows of the kind are, and which columns its fields declare. */
import { STATE_TABLES } from "../state_rows.ts";
import { idAndUuid, type LiveSpec } from "../live.ts";
import type { FeatureFields } from "./spec.ts";

/** Live rows of the kind. */
export const featureLive: LiveSpec<FeatureFields> = {
  table: "features_feature",
  match: "lower(t.name)",
  parentColumn: "project_id",
  live: "t.deleted_at IS NULL",
  primaryKey: "id",
  identity: idAndUuid,
  writes: [
    "features_feature",
    "features_historicalfeature",
    "multivariate_multivariatefeatureoption",
    "multivariate_historicalmultivariatefeatureoption",
    "multivariate_historicalmultivariatefeaturestatevalue",
    "features_feature_tags",
    "features_feature_owners",
    "features_feature_group_owners",
    ...STATE_TABLES,
  ],
  columns: (fields) => ({
    description: fields.description,
    default_enabled: fields.default_enabled,
    initial_value: fields.initial_value,
    is_archived: fields.is_archived,
    is_server_key_only: fields.is_server_key_only,
  }),
};
