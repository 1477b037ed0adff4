/** The kind `master_api_key`. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type MasterApiKeyFields, masterApiKeySpec } from "./spec.ts";

/** Its record. */
export const masterApiKey: Kind<"master_api_key", MasterApiKeyFields> = {
  spec: masterApiKeySpec,
  nameColumn: "name",
  rotates: "key",
  textKey: true,
  handsOut: "once",
  rows: async () => (await allRows()).masterApiKeyRows,
  exported: async () => (await allExports()).masterApiKeyExport,
};
