/** Where live rows of the kind are, and which columns its fields declare. */
import { idOnly, type TableMapping } from "../live.ts";
import type { MemberFields } from "./spec.ts";

/** Live rows of the kind. */
export const memberLive: TableMapping<MemberFields> = {
  table: "organisations_userorganisation",
  join: (from) => `JOIN ${from("users_ffadminuser")} u ON u.id = t.user_id`,
  match: "lower(u.email)",
  parentColumn: "organisation_id",
  live: "true",
  primaryKey: "id",
  identity: idOnly,
  writes: ["organisations_userorganisation", "users_userpermissiongroup_users"],
  columns: (fields) => ({ role: fields.role, is_active: fields.is_active }),
};
