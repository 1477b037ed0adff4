/** The kind `subscription`. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type SubscriptionFields, subscriptionSpec } from "./spec.ts";

/** Its record. */
export const subscription: Kind<"subscription", SubscriptionFields> = {
  spec: subscriptionSpec,
  alwaysExists: true,
  rows: async () => (await allRows()).subscriptionRows,
  exported: async () => (await allExports()).subscriptionExport,
};
