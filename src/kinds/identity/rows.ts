/** Rows of an identity: itself and one a trait, without history (`contract.md` 2.2). */
import { identityRow, traitRow } from "../../flagsmith/models/projects.ts";
import { type KindRows, parentOf } from "../rows.ts";
import type { IdentityFields } from "./spec.ts";

/** Writes identities. */
export const identityRows: KindRows<IdentityFields> = {
  create(fields, resource, { batch, clock, idOf }) {
    const id = batch.newId("environments_identity");
    const environment = idOf(parentOf(resource));
    const row = batch.insert(
      "environments_identity",
      identityRow({ id, identifier: fields.identifier, environment, now: clock.tick() }),
    );
    for (const [key, value] of Object.entries(fields.traits ?? {})) {
      batch.insert(
        "environments_trait",
        traitRow({ id: batch.newId("environments_trait"), key, value, identity: id, now: clock.tick() }),
      );
    }
    return { id, row };
  },
  update() {
    throw new TypeError("Cannot change an identity: it declares no columns of its own");
  },
};
