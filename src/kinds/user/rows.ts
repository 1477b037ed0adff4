/** Rows of a user: one (`docs/flagsmith/users-and-passwords.md#users`). */
import { exactEmail } from "../../flagsmith/email.ts";
import { userRow } from "../../flagsmith/models/organisations.ts";
import { declared, type KindRows, updateOwn } from "../rows.ts";
import { userLive } from "./live.ts";
import type { UserFields } from "./spec.ts";

/** Writes users. */
export const userRows: KindRows<UserFields> = {
  mapping: userLive,
  samples: {
    users_ffadminuser: userRow({ id: 0, email: "", password: "", now: "", uuid: "" }),
  },
  create(fields, resource, { batch, clock, uuid, credential, defaults }) {
    const id = batch.newId("users_ffadminuser");
    const row = userRow({
      id,
      email: exactEmail(fields.email),
      password: credential(resource).hash,
      now: clock.tick(),
      uuid: uuid(),
    });
    const wished = { ...defaults("users_ffadminuser"), ...declared(userLive.columns(fields)) };
    return { id, row: batch.insert("users_ffadminuser", { ...row, ...wished }) };
  },
  rotate(_fields, resource, live, context) {
    updateOwn("users_ffadminuser", live, { password: context.credential(resource).hash }, context);
    return undefined;
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("users_ffadminuser", live, after, context);
  },
};
