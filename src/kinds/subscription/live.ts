/** Where live rows of the kind are, and which columns its fields declare. */
import { idAndUuid, type TableMapping } from "../live.ts";
import type { SubscriptionFields } from "./spec.ts";

/** Live rows of the kind. */
export const subscriptionLive: TableMapping<SubscriptionFields> = {
  table: "organisations_subscription",
  match: undefined,
  parentColumn: "organisation_id",
  // Django finds it through the organisation, whatever its deleted_at, and there cannot be another.
  live: [],
  primaryKey: "id",
  identity: idAndUuid,
  writes: ["organisations_subscription", "organisations_historicalsubscription"],
  columns: ({ seats, api_calls, ...fields }) => ({ ...fields, max_seats: seats, max_api_calls: api_calls }),
  fieldNames: { max_seats: "seats", max_api_calls: "api_calls" },
};
