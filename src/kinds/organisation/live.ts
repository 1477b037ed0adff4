/** Where live rows of the kind are, and which columns its fields declare. */
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import type { OrganisationFields } from "./spec.ts";

/** Live rows of the kind. */
export const organisationLive: TableMapping<OrganisationFields> = {
  table: "organisations_organisation",
  match: { columns: [{ column: "name" }] },
  parentColumn: undefined,
  live: [NOT_DELETED],
  primaryKey: "id",
  identity: idAndUuid,
  writes: [
    "organisations_organisation",
    "organisations_subscription",
    "organisations_historicalsubscription",
  ],
  columns: ({ settings }) => ({ ...settings }),
};
