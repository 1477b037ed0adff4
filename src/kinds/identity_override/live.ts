/** Where live rows of the kind are. */
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import { STATE_TABLES } from "../state_rows.ts";
import { INITIAL_VALUE, stateDiffers, stateParts } from "../state_live_rows.ts";
import type { IdentityOverrideFields } from "./spec.ts";

/** Live rows of the kind: states that depend on an identity. */
export const identityOverrideLive: TableMapping<IdentityOverrideFields> = {
  table: "features_featurestate",
  currentOf: "identity",
  joins: [{ table: "environments_identity", as: "i", column: "id", equals: { column: "identity_id" } }],
  match: { columns: [{ of: "e", column: "name" }, { of: "i", column: "identifier" }] },
  parentColumn: "feature_id",
  copied: INITIAL_VALUE,
  live: [NOT_DELETED, { column: "identity_id", is: "not null" }],
  primaryKey: "id",
  extra: stateParts,
  differs: stateDiffers,
  identity: idAndUuid,
  writes: [...STATE_TABLES, "multivariate_historicalmultivariatefeaturestatevalue"],
  columns: (fields) => ({ enabled: fields.enabled }),
};
