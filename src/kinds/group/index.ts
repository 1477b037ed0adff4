/** The kind `group`. */
import type { Kind } from "../record.ts";
import { type GroupFields, groupSpec } from "./spec.ts";

/** Its record. */
export const group: Kind<"group", GroupFields> = {
  spec: groupSpec,
  nameColumn: "name",
  rows: async () => (await import("../all_rows.ts")).groupRows,
  exported: async () => (await import("../all_exports.ts")).groupExport,
};
