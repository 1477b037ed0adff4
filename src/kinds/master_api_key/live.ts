/** Where live rows of the kind are, and which columns its fields declare. */
import { NOT_DELETED, type TableMapping } from "../live.ts";
import type { MasterApiKeyFields } from "./spec.ts";

/** Live rows of the kind. */
export const masterApiKeyLive: TableMapping<MasterApiKeyFields> = {
  table: "api_keys_masterapikey",
  match: { columns: [{ column: "name" }] },
  parentColumn: "organisation_id",
  live: [NOT_DELETED],
  secretColumns: { id: "hash", hashed_key: "hash" },
  primaryKey: "prefix",
  // The id holds the hash, so the public prefix, unique too, stands for the row in the log.
  identity: (row) => ({ key: { prefix: String(row["prefix"]) } }),
  writes: ["api_keys_masterapikey"],
  columns: (fields) => ({ is_admin: fields.is_admin, expiry_date: fields.expires_at }),
  fieldNames: { expiry_date: "expires_at" },
};
