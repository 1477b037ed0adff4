/** `subscription` of an organisation. */
import type * as z from "zod";
import { belowZero, choice, freeText, integer, limit, line, mapping, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const schema = mapping({
  plan: optional(
    line({
      max: 100,
      doc: "Free text; the dashboard looks for `free`, `startup`, `scale-up`, `enterprise` in it",
    }),
  ),
  seats: optional(integer(limit("Changes nothing on open-source images"))),
  api_calls: optional(
    integer({ min: -Number.MAX_SAFE_INTEGER, unmeant: belowZero, max: Number.MAX_SAFE_INTEGER }),
  ),
  subscription_id: optional(line({ max: 100 })),
  customer_id: optional(line({ max: 100 })),
  billing_status: optional(choice(["ACTIVE", "DUNNING"])),
  payment_method: optional(choice(["CHARGEBEE", "XERO", "AWS_MARKETPLACE"])),
  notes: optional(freeText({ max: 500, empty: true })),
});

/** What a subscription declares. */
export type SubscriptionFields = z.output<typeof schema>;

/** The subscription of an organisation: there is exactly one. */
export const subscriptionSpec: KindSpec<SubscriptionFields, "subscription"> = {
  name: "subscription",
  list: undefined,
  nested: "subscription",
  single: true,
  label: "subscription",
  plural: "subscription",
  doc: "The one subscription of an organisation. It exists with the organisation; declared fields are set.",
  example: "plan: enterprise\nseats: 20\n",
  schema,
  parent: "organisation",
  identity: () => "",
  identityField: "subscription",
  key: () => "",
  content: (fields) => ({ ...fields }),
  line: "parent",
};
