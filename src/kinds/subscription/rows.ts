/** Changes of a subscription: it is created with its organisation, so declaring one is a save of the row, which is written when it is missing. */
import { subscriptionRow } from "../../flagsmith/models/organisations.ts";
import { type KindRows, parentOf, updateOwn } from "../rows.ts";
import { declared } from "../rows.ts";
import { writeSubscription } from "./subscription_row.ts";
import { subscriptionLive } from "./live.ts";
import type { SubscriptionFields } from "./spec.ts";

/** Writes subscriptions. */
export const subscriptionRows: KindRows<SubscriptionFields> = {
  mapping: subscriptionLive,
  samples: {
    organisations_subscription: subscriptionRow({ id: 0, organisation: 0, uuid: "" }),
  },
  create(fields, resource, context) {
    const { batch, clock, idOf } = context;
    const organisation = idOf(parentOf(resource));
    const row = batch.find("organisations_subscription", { organisation_id: organisation }) ??
      writeSubscription(organisation, context);
    const saved = batch.amend("organisations_subscription", row, declared(subscriptionLive.columns(fields)));
    batch.history("organisations_subscription", saved, "~", clock.tick());
    return { id: batch.idOf(saved), row: saved };
  },
  update(_fields, _resource, live, after, context) {
    const row = updateOwn("organisations_subscription", live, after, context);
    context.batch.history("organisations_subscription", row, "~", context.clock.tick());
  },
};
