/**
 * Rows of an organisation and of the subscription that comes with it (`docs/flagsmith/organisations.md#organisations`).
 */
import { organisationRow } from "../../flagsmith/models/organisations.ts";
import { declared, type KindRows, updateOwn } from "../rows.ts";
import { writeSubscription } from "../subscription/subscription_row.ts";
import { organisationLive } from "./live.ts";
import type { OrganisationFields } from "./spec.ts";

/** Writes organisations. */
export const organisationRows: KindRows<OrganisationFields> = {
  mapping: organisationLive,
  samples: {
    organisations_organisation: organisationRow({ id: 0, name: "", now: "", uuid: "" }),
  },
  create(fields, _resource, context) {
    const { batch, clock, uuid } = context;
    const id = batch.newId("organisations_organisation");
    const row = organisationRow({ id, name: fields.name, now: clock.tick(), uuid: uuid() });
    const own = batch.insert("organisations_organisation", {
      ...row,
      ...declared(organisationLive.columns(fields)),
    });
    writeSubscription(id, context);
    return { id, row: own };
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("organisations_organisation", live, after, context);
  },
};
