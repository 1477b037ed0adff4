/** The kind `segment`. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type SegmentFields, segmentSpec } from "./spec.ts";

/** Its record. */
export const segment: Kind<"segment", SegmentFields> = {
  spec: segmentSpec,
  nameColumn: "name",
  rows: async () => (await allRows()).segmentRows,
  exported: async () => (await allExports()).segmentExport,
};
