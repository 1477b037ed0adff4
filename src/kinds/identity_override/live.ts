/** Where live rows of the kind are. */
import { idAndUuid, type TableMapping } from "../live.ts";
import { STATE_TABLES } from "../state_rows.ts";
import { currentState } from "../state_live.ts";
import { INITIAL_VALUE, stateDeeper, stateDiffers, stateExtraSql } from "../state_live_rows.ts";
import type { IdentityOverrideFields } from "./spec.ts";

/** Live rows of the kind: states that hang on an identity. */
export const identityOverrideLive: TableMapping<IdentityOverrideFields> = {
  table: "features_featurestate",
  join: (from) =>
    `${currentState(from, "n.identity_id = t.identity_id")}
  JOIN ${from("environments_identity")} i ON i.id = t.identity_id`,
  match: "e.name || chr(31) || i.identifier",
  parentColumn: "feature_id",
  copied: INITIAL_VALUE,
  live: "t.deleted_at IS NULL AND t.identity_id IS NOT NULL",
  primaryKey: "id",
  extra: stateExtraSql,
  differs: stateDiffers,
  relatedChange: stateDeeper,
  identity: idAndUuid,
  writes: [...STATE_TABLES, "multivariate_historicalmultivariatefeaturestatevalue"],
  columns: (fields) => ({ enabled: fields.enabled }),
};
