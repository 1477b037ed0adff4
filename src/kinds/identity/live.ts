/** Where live rows of the kind are, and which columns its fields declare. */
import { idOnly, type LiveSpec } from "../live.ts";
import type { IdentityFields } from "./spec.ts";

/** Live rows of the kind; (environment, identifier) is unique in the database. */
export const identityLive: LiveSpec<IdentityFields> = {
  table: "environments_identity",
  match: "t.identifier",
  parentColumn: "environment_id",
  live: "true",
  primaryKey: "id",
  identity: idOnly,
  writes: ["environments_identity", "environments_trait"],
  columns: () => ({}),
};
