/** The kind `identity_override`. */
import type { Kind } from "../record.ts";
import { type IdentityOverrideFields, identityOverrideSpec } from "./spec.ts";

/** Its record. */
export const identityOverride: Kind<"identity_override", IdentityOverrideFields> = {
  spec: identityOverrideSpec,
  rows: async () => (await import("../all_rows.ts")).identityOverrideRows,
};
