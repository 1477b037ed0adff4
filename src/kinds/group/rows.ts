/** Rows of a group and of its members' links (`contract.md` 2.2). */
import { groupMembershipRow, groupRow } from "../../flagsmith/models/organisations.ts";
import { declared, type KindRows, parentOf, updateOwn } from "../rows.ts";
import { groupLive } from "./live.ts";
import type { GroupFields } from "./spec.ts";

/** Writes groups. */
export const groupRows: KindRows<GroupFields> = {
  create(fields, resource, { batch, idOf }) {
    const id = batch.newId("users_userpermissiongroup");
    const row = groupRow({ id, name: fields.name, organisation: idOf(parentOf(resource)) });
    const own = batch.insert("users_userpermissiongroup", { ...row, ...declared(groupLive.columns(fields)) });
    for (const [at, member] of (fields.members ?? []).entries()) {
      const user = resource.references.get(`members.${at}.email`);
      if (user === undefined) throw new TypeError("Cannot write a group membership without its user");
      batch.insert(
        "users_userpermissiongroup_users",
        groupMembershipRow({
          id: batch.newId("users_userpermissiongroup_users"),
          group: id,
          user: idOf(user),
          admin: member.group_admin ?? false,
        }),
      );
    }
    return { id, row: own };
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("users_userpermissiongroup", live, after, context);
  },
};
