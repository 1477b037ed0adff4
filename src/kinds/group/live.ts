/** Where live rows of the kind are, and which columns its fields declare. */
import { idOnly, type LiveSpec } from "../live.ts";
import type { GroupFields } from "./spec.ts";

/** Live rows of the kind. */
export const groupLive: LiveSpec<GroupFields> = {
  table: "users_userpermissiongroup",
  match: "t.name",
  parentColumn: "organisation_id",
  live: "true",
  primaryKey: "id",
  identity: idOnly,
  writes: ["users_userpermissiongroup", "users_userpermissiongroup_users"],
  columns: (fields) => ({ is_default: fields.is_default, external_id: fields.external_id }),
};
