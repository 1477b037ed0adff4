/** The kind `organisation`. */
import { allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type OrganisationFields, organisationSpec } from "./spec.ts";

/** Its record. */
export const organisation: Kind<"organisation", OrganisationFields> = {
  spec: organisationSpec,
  nameColumn: "name",
  rows: async () => (await allRows()).organisationRows,
};
