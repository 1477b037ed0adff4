/** The kind `identity_override`. */
import { allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type IdentityOverrideFields, identityOverrideSpec } from "./spec.ts";

/** Its record. */
export const identityOverride: Kind<"identity_override", IdentityOverrideFields> = {
  spec: identityOverrideSpec,
  rows: async () => (await allRows()).identityOverrideRows,
};
