/** The kind `segment_override`. */
import { allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type SegmentOverrideFields, segmentOverrideSpec } from "./spec.ts";

/** Its record. */
export const segmentOverride: Kind<"segment_override", SegmentOverrideFields> = {
  spec: segmentOverrideSpec,
  rows: async () => (await allRows()).segmentOverrideRows,
};
