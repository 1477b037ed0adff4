/** The kind `tag`. */
import { allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type TagFields, tagSpec } from "./spec.ts";

/** Its record. */
export const tag: Kind<"tag", TagFields> = {
  spec: tagSpec,
  nameColumn: "label",
  rows: async () => (await allRows()).tagRows,
};
