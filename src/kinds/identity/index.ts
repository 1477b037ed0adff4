/** The kind `identity`. */
import type { Kind } from "../record.ts";
import { type IdentityFields, identitySpec } from "./spec.ts";

/** Its record. */
export const identity: Kind<"identity", IdentityFields> = {
  spec: identitySpec,
  rows: async () => (await import("../all_rows.ts")).identityRows,
  exported: async () => (await import("../all_exports.ts")).identityExport,
};
