/** The `groups` list. */
import type { z } from "zod";
import { emailKey } from "../../flagsmith/email.ts";
import { bool, email, list, mapping, name, optional, text } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const groupMember = mapping({
  email: email("Address of the user"),
  group_admin: optional(bool("May manage the group; default false")),
});

const schema = mapping({
  name: name(200),
  is_default: optional(bool("New members of the organisation join it")),
  external_id: optional(text({ max: 255, doc: "Name of the group in the identity provider" })),
  members: optional(list(groupMember)),
});

/** What a group item declares. */
export type GroupFields = z.output<typeof schema>;

/** A user group of an organisation. */
export const groupSpec: KindSpec<GroupFields> = {
  name: "group",
  list: "groups",
  nested: "groups",
  label: "group",
  plural: "groups",
  doc: "A group of users of an organisation.",
  example:
    "name: Developers\norganisation: Acme Corp\nmembers: [{ email: admin@example.com, group_admin: true }]\n",
  schema,
  parent: "organisation",
  identity: (fields) => fields.name,
  identityField: "name",
  key: (text) => text,
  references: (fields) =>
    (fields.members ?? []).map((member, at) => ({
      path: ["members", at, "email"],
      kind: "user",
      name: member.email,
      scope: "global",
    })),
  content: ({ name, is_default, external_id, members }) => ({
    name,
    is_default,
    external_id,
    members: members === undefined
      ? undefined
      : members.map((m) => ({ email: emailKey(m.email), group_admin: m.group_admin ?? false })).sort((
        a,
        b,
      ) => (a.email < b.email ? -1 : 1)),
  }),
  line: "parent",
};
