/** The kind `project`. */
import { allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type ProjectFields, projectSpec } from "./spec.ts";

/** Its record. */
export const project: Kind<"project", ProjectFields> = {
  spec: projectSpec,
  nameColumn: "name",
  rows: async () => (await allRows()).projectRows,
};
