/** Where live rows of the kind are, and which columns its fields declare. */
import { changeWords, linksOf, liveLinks } from "../link_live_rows.ts";
import { idOnly, type LiveSpec } from "../live.ts";
import type { GroupFields } from "./spec.ts";

/** Live rows of the kind. */
export const groupLive: LiveSpec<GroupFields> = {
  table: "users_userpermissiongroup",
  match: "t.name",
  parentColumn: "organisation_id",
  live: "true",
  nameColumn: "name",
  primaryKey: "id",
  identity: idOnly,
  writes: ["users_userpermissiongroup", "users_userpermissiongroup_users"],
  extra: `json_build_object('members', ${
    linksOf("users_userpermissiongroup_users", "userpermissiongroup_id", "ffadminuser_id", "x.group_admin")
  })`,
  differs: (fields, live, target) => {
    const links = liveLinks(live.extra, "members");
    const count = { added: 0, changed: 0, removed: 0 };
    for (const [at, member] of (fields.members ?? []).entries()) {
      const user = target(`members.${at}.email`);
      const link = links.find((l) => l.target === user);
      if (member.ensure === "absent") count.removed += link === undefined ? 0 : 1;
      else if (link === undefined) count.added += 1;
      else if (member.group_admin !== undefined && member.group_admin !== link.flag) count.changed += 1;
    }
    const words = changeWords("members", count);
    return words === undefined ? [] : [words];
  },
  columns: (fields) => ({ is_default: fields.is_default, external_id: fields.external_id }),
};
