/** The kind `group`. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type GroupFields, groupSpec } from "./spec.ts";

/** Its record. */
export const group: Kind<"group", GroupFields> = {
  spec: groupSpec,
  nameColumn: "name",
  rows: async () => (await allRows()).groupRows,
  exported: async () => (await allExports()).groupExport,
};
