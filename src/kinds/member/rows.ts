/**
 * Rows of a membership: the link, and one to each default group of the organisation
 * (`docs/flagsmith/organisations.md#members`).
 */
import { groupMembershipRow, membershipRow } from "../../flagsmith/models/organisations.ts";
import { declared, type KindRows, parentOf, updateOwn } from "../rows.ts";
import { memberLive } from "./live.ts";
import type { MemberFields } from "./spec.ts";

/** Writes memberships. */
export const memberRows: KindRows<MemberFields> = {
  mapping: memberLive,
  samples: {
    organisations_userorganisation: membershipRow({
      id: 0,
      user: 0,
      organisation: 0,
      role: "USER",
      now: "",
    }),
  },
  create(fields, resource, { batch, clock, idOf, defaultGroups }) {
    const organisation = parentOf(resource);
    const reference = resource.references.get("email");
    if (reference === undefined) throw new TypeError("Cannot write a membership without its user");
    const user = idOf(reference);
    const id = batch.newId("organisations_userorganisation");
    const row = batch.insert(
      "organisations_userorganisation",
      {
        ...membershipRow({
          id,
          user,
          organisation: idOf(organisation),
          role: fields.role ?? "USER",
          now: clock.tick(),
        }),
        ...declared({ is_active: fields.is_active }),
      },
    );
    for (const { id: group, users } of defaultGroups(organisation)) {
      if (typeof user === "number" && users.includes(user)) continue;
      batch.insert(
        "users_userpermissiongroup_users",
        groupMembershipRow({ id: batch.newId("users_userpermissiongroup_users"), group, user, admin: false }),
      );
    }
    return { id, row };
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("organisations_userorganisation", live, after, context);
  },
};
