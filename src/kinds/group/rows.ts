/** Rows of a group and of its members' links (`docs/flagsmith/organisations.md#groups`). */
import type { Id } from "../../flagsmith/cell.ts";
import { groupMembershipRow, groupRow } from "../../flagsmith/models/organisations.ts";
import type { Entity } from "../entity.ts";
import { linksByTarget, liveLinks } from "../link_live_rows.ts";
import { declared, type KindRows, parentOf, type RowContext, updateOwn } from "../rows.ts";
import { groupLive } from "./live.ts";
import type { GroupFields } from "./spec.ts";

const TABLE = "users_userpermissiongroup";
const LINKS = "users_userpermissiongroup_users";

/** Writes groups. */
export const groupRows: KindRows<GroupFields> = {
  mapping: groupLive,
  samples: {
    users_userpermissiongroup: groupRow({ id: 0, name: "", organisation: 0 }),
    users_userpermissiongroup_users: groupMembershipRow({
      id: 0,
      group: 0,
      user: 0,
      admin: false,
    }),
  },
  create(fields, resource, context) {
    const { batch, idOf } = context;
    const id = batch.newId(TABLE);
    const row = groupRow({ id, name: fields.name, organisation: idOf(parentOf(resource)) });
    const own = batch.insert(TABLE, { ...row, ...declared(groupLive.columns(fields)) });
    for (const { user, ensure, group_admin: admin } of membersOf(fields, resource)) {
      if (ensure !== "absent") writeMembership(id, idOf(user), admin ?? false, context);
    }
    return { id, row: own };
  },
  update(fields, resource, live, after, context) {
    const { batch } = context;
    if (Object.keys(after).length > 0) updateOwn(TABLE, live, after, context);
    const links = linksByTarget(liveLinks(live.extra, "members"));
    for (const { user: member, ensure, group_admin: admin } of membersOf(fields, resource)) {
      const user = context.idOf(member);
      const link = typeof user === "number" ? links.get(user) : undefined;
      if (link === undefined) {
        if (ensure !== "absent") writeMembership(Number(live.id), user, admin ?? false, context);
        continue;
      }
      const row = groupMembershipRow({ id: link.id, group: Number(live.id), user, admin: link.flag });
      if (ensure === "absent") batch.remove(LINKS, { id: link.id }, row);
      else if (admin !== undefined && admin !== link.flag) {
        batch.update(LINKS, { id: link.id }, row, { group_admin: admin });
      }
    }
  },
};

/** The declared members with their users, in the order of work: the order in the file means nothing. */
function membersOf(
  { members = [] }: GroupFields,
  resource: Entity,
): readonly (NonNullable<GroupFields["members"]>[number] & { readonly user: Entity })[] {
  return members.map((member, at) => {
    const user = resource.references.get(`members.${at}.email`);
    if (user === undefined) throw new TypeError("Cannot write a group membership without its user");
    return { ...member, user };
  }).sort((a, b) => a.user.index - b.user.index);
}

/** A new member of the organisation may have been put into its default groups earlier in this run. */
function writeMembership(group: Id, user: Id, admin: boolean, { batch }: RowContext): void {
  const there = batch.find(LINKS, { userpermissiongroup_id: group, ffadminuser_id: user });
  if (there !== undefined) {
    if (admin) batch.amend(LINKS, there, { group_admin: true });
    return;
  }
  batch.insert(LINKS, groupMembershipRow({ id: batch.newId(LINKS), group, user, admin }));
}
