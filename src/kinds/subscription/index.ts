/** The kind `subscription`. */
import type { Kind } from "../record.ts";
import { type SubscriptionFields, subscriptionSpec } from "./spec.ts";

/** Its record. */
export const subscription: Kind<"subscription", SubscriptionFields> = {
  spec: subscriptionSpec,
  alwaysExists: true,
  rows: async () => (await import("../all_rows.ts")).subscriptionRows,
  exported: async () => (await import("../all_exports.ts")).subscriptionExport,
};
