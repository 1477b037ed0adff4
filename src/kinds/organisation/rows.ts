/**
 * Rows of an organisation and of the subscription that comes with it (`docs/flagsmith/organisations.md#organisations`).
 */
import { organisationRow, subscriptionRow } from "../../flagsmith/models/organisations.ts";
import { declared, type KindRows, updateOwn } from "../rows.ts";
import { organisationLive } from "./live.ts";
import type { OrganisationFields } from "./spec.ts";

/** Writes organisations. */
export const organisationRows: KindRows<OrganisationFields> = {
  mapping: organisationLive,
  samples: {
    organisations_organisation: organisationRow({ id: 0, name: "", now: "", uuid: "" }),
  },
  create(fields, _resource, { batch, clock, uuid }) {
    const id = batch.newId("organisations_organisation");
    const row = organisationRow({ id, name: fields.name, now: clock.tick(), uuid: uuid() });
    const own = batch.insert("organisations_organisation", {
      ...row,
      ...declared(organisationLive.columns(fields)),
    });
    const subscription = batch.insert(
      "organisations_subscription",
      subscriptionRow({ id: batch.newId("organisations_subscription"), organisation: id, uuid: uuid() }),
    );
    batch.history("organisations_subscription", subscription, "+", clock.tick());
    return { id, row: own };
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("organisations_organisation", live, after, context);
  },
};
