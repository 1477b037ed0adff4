/** The kind `user`. */
import type { Kind } from "../record.ts";
import { type UserFields, userSpec } from "./spec.ts";

/** Its record. */
export const user: Kind<"user", UserFields> = {
  spec: userSpec,
  nameColumn: "email",
  rotates: "password",
  withOrganisations: true,
  rows: async () => (await import("../all_rows.ts")).userRows,
  exported: async () => (await import("../all_exports.ts")).userExport,
};
