/** The kind `environment`. */
import type { Kind } from "../record.ts";
import { type EnvironmentFields, environmentSpec } from "./spec.ts";

/** Its record. */
export const environment: Kind<"environment", EnvironmentFields> = {
  spec: environmentSpec,
  rows: async () => (await import("./rows.ts")).environmentRows,
};
