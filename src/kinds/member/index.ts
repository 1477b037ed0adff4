/** The kind `member`. */
import type { Kind } from "../record.ts";
import { type MemberFields, memberSpec } from "./spec.ts";

/** Its record. */
export const member: Kind<"member", MemberFields> = {
  spec: memberSpec,
  rows: async () => (await import("../all_rows.ts")).memberRows,
  exported: async () => (await import("../all_exports.ts")).memberExport,
};
