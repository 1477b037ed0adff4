/** The kind `segment_override`. */
import type { Kind } from "../record.ts";
import { type SegmentOverrideFields, segmentOverrideSpec } from "./spec.ts";

/** Its record. */
export const segmentOverride: Kind<"segment_override", SegmentOverrideFields> = {
  spec: segmentOverrideSpec,
  rows: async () => (await import("../all_rows.ts")).segmentOverrideRows,
};
