/** The `groups` list. */
import type * as z from "zod";
import { exactEmailKey } from "../../flagsmith/email.ts";
import { bool, choice, email, line, list, mapping, name, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const groupMember = mapping({
  email: email("Address of the user"),
  group_admin: optional(bool("May manage the group; default false")),
  ensure: optional(
    choice(
      ["present", "absent"],
      "absent: with `on_exists: update` the user leaves the group; where others made the user a member, with --allow-delete",
    ),
  ),
});

const schema = mapping({
  name: name(200),
  is_default: optional(bool("New members of the organisation join it")),
  external_id: optional(line({ max: 255, empty: true, doc: "Name of the group in the identity provider" })),
  ldap_dn: optional(
    line({
      max: 255,
      empty: true,
      doc: "Distinguished name of the group in LDAP; no two groups may have the same",
    }),
  ),
  members: optional(list(groupMember)),
});

/** What a group item declares. */
export type GroupFields = z.output<typeof schema>;

/** A user group of an organisation. */
export const groupSpec: KindSpec<GroupFields, "group"> = {
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
  unique: [{
    column: "external_id",
    field: "external_id",
    what: "external_id",
    value: (fields) => fields.external_id,
    within: "parent",
    hint: "Two groups of one organisation cannot map to the same group of the identity provider",
  }, {
    column: "ldap_dn",
    field: "ldap_dn",
    what: "ldap_dn",
    value: (fields) => fields.ldap_dn,
    within: "table",
    hint: "Two groups cannot map to the same group of the directory, not even in different organisations",
  }],
  key: (text) => text,
  references: (fields) =>
    (fields.members ?? []).map((member, at) => ({
      path: ["members", at, "email"],
      kind: "user",
      name: member.email,
      scope: "global",
    })),
  check: ({ name, members }, report) => {
    const seen = new Set<string>();
    for (const [at, { email }] of (members ?? []).entries()) {
      if (seen.has(exactEmailKey(email))) {
        report(
          ["members", at, "email"],
          "FP201",
          `"${email}" is a member of group "${name}" twice`,
          "Remove one of them",
        );
      }
      seen.add(exactEmailKey(email));
    }
  },
  content: ({ name, is_default, external_id, ldap_dn, members }) => ({
    name,
    is_default,
    external_id,
    ldap_dn,
    members: members === undefined ? undefined : members.map((m) => ({
      email: exactEmailKey(m.email),
      ...(m.ensure === "absent" ? { ensure: m.ensure } : { group_admin: m.group_admin ?? false }),
    })).sort((
      a,
      b,
    ) => (a.email < b.email ? -1 : 1)),
  }),
  line: "parent",
};
