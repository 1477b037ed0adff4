/** Rows of a master API key: one; its value is not stored (`docs/flagsmith/keys.md#master-api-keys`). */
import { masterApiKeyRow } from "../../flagsmith/models/organisations.ts";
import { declared, type KindRows, parentOf } from "../rows.ts";
import { masterApiKeyLive } from "./live.ts";
import type { MasterApiKeyFields } from "./spec.ts";

/** Writes master API keys. */
export const masterApiKeyRows: KindRows<MasterApiKeyFields> = {
  mapping: masterApiKeyLive,
  samples: {
    api_keys_masterapikey: masterApiKeyRow({
      prefix: "",
      hash: "",
      name: "",
      organisation: 0,
      now: "",
    }),
  },
  create(fields, resource, { batch, clock, idOf, credential }) {
    const { prefix, hash } = credential(resource);
    if (prefix === undefined) throw new TypeError("Cannot write a master API key without its prefix");
    const row = masterApiKeyRow({
      prefix,
      hash,
      name: fields.name,
      organisation: idOf(parentOf(resource)),
      now: clock.tick(),
    });
    // Nothing refers to the key within a run, and its id is text; the row's own id is never asked for.
    return {
      id: -1,
      row: batch.insert("api_keys_masterapikey", { ...row, ...declared(masterApiKeyLive.columns(fields)) }),
    };
  },
  /** The stored id is made of the hash, so a new value is a new row, and the old one is deleted as the dashboard does. */
  rotate(fields, resource, live, context) {
    const { batch, clock } = context;
    const prefix = live.row["prefix"] ?? null;
    batch.update("api_keys_masterapikey", { prefix }, live.row, { deleted_at: clock.tick() });
    const { is_admin, expiry_date, organisation_id: organisation } = live.row;
    const { prefix: next, hash } = context.credential(resource);
    if (next === undefined || typeof organisation !== "number") {
      throw new TypeError("Cannot rotate a master API key without its prefix and organisation");
    }
    const row = masterApiKeyRow({ prefix: next, hash, name: fields.name, organisation, now: clock.tick() });
    return batch.insert("api_keys_masterapikey", {
      ...row,
      is_admin: is_admin ?? null,
      expiry_date: expiry_date ?? null,
    });
  },
  update(_fields, _resource, live, after, context) {
    context.batch.update("api_keys_masterapikey", { prefix: live.row["prefix"] ?? null }, live.row, after);
  },
};
