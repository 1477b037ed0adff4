/** The kind `member`. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type MemberFields, memberSpec } from "./spec.ts";

/** Its record. */
export const member: Kind<"member", MemberFields> = {
  spec: memberSpec,
  rows: async () => (await allRows()).memberRows,
  exported: async () => (await allExports()).memberExport,
};
