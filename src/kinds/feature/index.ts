/** The kind `feature`. */
import type { Kind } from "../record.ts";
import { type FeatureFields, featureSpec } from "./spec.ts";

/** Its record. */
export const feature: Kind<"feature", FeatureFields> = {
  spec: featureSpec,
  nameColumn: "name",
  rows: async () => (await import("../all_rows.ts")).featureRows,
  exported: async () => (await import("../all_exports.ts")).featureExport,
};
