/** Where live rows of the kind are, and which columns its fields declare. */
import { sql } from "../../database/statement.ts";
import type { Content } from "../kind.ts";
import { countChanges, linksByTarget, linksOf, type LiveLink, liveLinks } from "../link_live_rows.ts";
import { idOnly, type TableMapping } from "../live.ts";
import type { GroupFields } from "./spec.ts";

/** Live rows of the kind. */
export const groupLive: TableMapping<GroupFields> = {
  table: "users_userpermissiongroup",
  match: { columns: [{ column: "name" }] },
  parentColumn: "organisation_id",
  live: [],
  primaryKey: "id",
  identity: idOnly,
  writes: ["users_userpermissiongroup", "users_userpermissiongroup_users"],
  removes: ["users_userpermissiongroup_users"],
  extra: (table) =>
    sql`json_build_object('members', ${
      linksOf(table, "users_userpermissiongroup_users", "userpermissiongroup_id", "ffadminuser_id", {
        table: "users_ffadminuser",
        name: "email",
      }, "group_admin")
    })`,
  differs: (fields, live, target) => {
    const changes = memberChanges(fields, live.extra, (at) => target(`members.${at}.email`));
    if (changes.length === 0) return [];
    const from: Record<string, Content> = {};
    const to: Record<string, Content> = {};
    for (const { action, member, link } of changes) {
      if (link !== undefined) from[member.email] = { group_admin: link.flag };
      if (action !== "remove") to[member.email] = { group_admin: member.group_admin ?? false };
    }
    return [{ field: "members", counts: countChanges(changes), from, to, columns: [] }];
  },
  takes: (fields, live, target) =>
    memberChanges(fields, live.extra, (at) => target(`members.${at}.email`)).flatMap(({ action, link }) =>
      action === "remove" && link !== undefined
        ? [{ table: "users_userpermissiongroup_users", id: link.id }]
        : []
    ),
  columns: (fields) => ({
    is_default: fields.is_default,
    external_id: fields.external_id,
    ldap_dn: fields.ldap_dn,
  }),
};

/** What is to be done with one member. */
interface MemberChange {
  readonly action: "add" | "change" | "remove";
  readonly member: NonNullable<GroupFields["members"]>[number];
  readonly link: LiveLink | undefined;
}

/** Compares the members; who is not declared stays. `userOf` gives the id of the member at a place. */
function memberChanges(
  { members }: GroupFields,
  extra: unknown,
  userOf: (at: number) => number | string | undefined,
): readonly MemberChange[] {
  const links = linksByTarget(liveLinks(extra, "members"));
  return (members ?? []).flatMap((member, at): readonly MemberChange[] => {
    const user = userOf(at);
    const link = user === undefined ? undefined : links.get(user);
    if (member.ensure === "absent") return link === undefined ? [] : [{ action: "remove", member, link }];
    if (link === undefined) return [{ action: "add", member, link }];
    const changed = member.group_admin !== undefined && member.group_admin !== link.flag;
    return changed ? [{ action: "change", member, link }] : [];
  });
}
