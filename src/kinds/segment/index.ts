/** The kind `segment`. */
import type { Kind } from "../record.ts";
import { type SegmentFields, segmentSpec } from "./spec.ts";

/** Its record. */
export const segment: Kind<"segment", SegmentFields> = {
  spec: segmentSpec,
  nameColumn: "name",
  rows: async () => (await import("../all_rows.ts")).segmentRows,
  exported: async () => (await import("../all_exports.ts")).segmentExport,
};
