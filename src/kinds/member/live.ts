/** Where live rows of the kind are, and which columns its fields declare. */
import { idOnly, type TableMapping } from "../live.ts";
import type { MemberFields } from "./spec.ts";

/** Live rows of the kind. */
export const memberLive: TableMapping<MemberFields> = {
  table: "organisations_userorganisation",
  joins: [{ table: "users_ffadminuser", as: "u", column: "id", equals: { column: "user_id" } }],
  match: { columns: [{ of: "u", column: "email" }], ignoresCase: true },
  parentColumn: "organisation_id",
  live: [],
  primaryKey: "id",
  identity: idOnly,
  writes: ["organisations_userorganisation", "users_userpermissiongroup_users"],
  columns: (fields) => ({ role: fields.role, is_active: fields.is_active }),
};
