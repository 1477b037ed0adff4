/** The kind `member`. */
import type { Kind } from "../record.ts";
import { type MemberFields, memberSpec } from "./spec.ts";

/** Its record. */
export const member: Kind<"member", MemberFields> = {
  spec: memberSpec,
  rows: async () => (await import("./rows.ts")).memberRows,
  exported: async () => (await import("./export.ts")).memberExport,
};
