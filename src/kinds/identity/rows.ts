/**
 * Rows of an identity: itself and one a trait, without history (`docs/flagsmith/identities.md#identities-and-traits`).
 */
import { identityRow, traitRow } from "../../flagsmith/models/projects.ts";
import { holdsValue } from "../link_live_rows.ts";
import { type KindRows, parentOf } from "../rows.ts";
import { identityLive, liveTraits } from "./live.ts";
import type { IdentityFields } from "./spec.ts";

/** Writes identities. */
export const identityRows: KindRows<IdentityFields> = {
  mapping: identityLive,
  samples: {
    environments_identity: identityRow({ id: 0, identifier: "", environment: 0, now: "" }),
    environments_trait: traitRow({
      id: 0,
      key: "",
      value: {
        value_type: "unicode",
        boolean_value: null,
        integer_value: null,
        string_value: null,
        float_value: null,
      },
      identity: 0,
      now: "",
      updatedAt: "",
    }),
  },
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
        traitRow({
          id: batch.newId("environments_trait"),
          key,
          value,
          identity: id,
          now: clock.tick(),
          updatedAt: clock.tick(),
        }),
      );
    }
    return { id, row };
  },
  update(fields, _resource, live, _after, { batch, clock }) {
    const traits = liveTraits(live.extra);
    for (const [key, value] of Object.entries(fields.traits ?? {})) {
      const row = traits.get(key);
      if (row === undefined) {
        const id = batch.newId("environments_trait");
        batch.insert(
          "environments_trait",
          traitRow({
            id,
            key,
            value,
            identity: Number(live.id),
            now: clock.tick(),
            updatedAt: clock.tick(),
          }),
        );
      } else if (!holdsValue(row, { ...value }, "value_type")) {
        batch.update("environments_trait", { id: row["id"] ?? null }, row, {
          ...value,
          updated_at: clock.tick(),
        });
      }
    }
  },
};
