/** The kind `project`. */
import type { Kind } from "../record.ts";
import { type ProjectFields, projectSpec } from "./spec.ts";

/** Its record. */
export const project: Kind<"project", ProjectFields> = {
  spec: projectSpec,
  nameColumn: "name",
  rows: async () => (await import("../all_rows.ts")).projectRows,
};
