/** The kind `feature_state`. */
import { allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type FeatureStateFields, featureStateSpec } from "./spec.ts";

/** Its record. */
export const featureState: Kind<"feature_state", FeatureStateFields> = {
  spec: featureStateSpec,
  alwaysExists: true,
  rows: async () => (await allRows()).featureStateRows,
};
