/** The kind `feature`. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type FeatureFields, featureSpec } from "./spec.ts";

/** Its record. */
export const feature: Kind<"feature", FeatureFields> = {
  spec: featureSpec,
  nameColumn: "name",
  rows: async () => (await allRows()).featureRows,
  exported: async () => (await allExports()).featureExport,
};
