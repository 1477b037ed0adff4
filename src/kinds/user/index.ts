/** The kind `user`. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type UserFields, userSpec } from "./spec.ts";

/** Its record. */
export const user: Kind<"user", UserFields> = {
  spec: userSpec,
  nameColumn: "email",
  rotates: "password",
  withOrganisations: true,
  rows: async () => (await allRows()).userRows,
  exported: async () => (await allExports()).userExport,
};
