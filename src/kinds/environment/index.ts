/** The kind `environment`. */
import { allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type EnvironmentFields, environmentSpec } from "./spec.ts";

/** Its record. */
export const environment: Kind<"environment", EnvironmentFields> = {
  spec: environmentSpec,
  nameColumn: "name",
  rotates: "key",
  handsOut: { column: "api_key" },
  // The API remembers key → environment for a minute.
  keepsId: "api_key",
  rows: async () => (await allRows()).environmentRows,
};
