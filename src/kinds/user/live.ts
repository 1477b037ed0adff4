/** Where live rows of the kind are, and which columns its fields declare. */
import { idAndUuid, type TableMapping } from "../live.ts";
import type { UserFields } from "./spec.ts";

/** Live rows of the kind. */
export const userLive: TableMapping<UserFields> = {
  table: "users_ffadminuser",
  match: { columns: [{ column: "email" }], ignoresCase: true },
  parentColumn: undefined,
  live: [],
  secretColumns: { password: "hash" },
  primaryKey: "id",
  identity: idAndUuid,
  writes: ["users_ffadminuser"],
  columns: (fields) => ({
    first_name: fields.first_name,
    last_name: fields.last_name,
    username: fields.username,
    is_superuser: fields.is_superuser,
    is_staff: fields.is_superuser,
    is_active: fields.is_active,
    sign_up_type: fields.sign_up_type,
  }),
  fieldNames: { is_staff: "is_superuser" },
};
