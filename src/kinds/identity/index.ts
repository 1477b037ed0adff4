/** The kind `identity`. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type IdentityFields, identitySpec } from "./spec.ts";

/** Its record. */
export const identity: Kind<"identity", IdentityFields> = {
  spec: identitySpec,
  rows: async () => (await allRows()).identityRows,
  exported: async () => (await allExports()).identityExport,
};
