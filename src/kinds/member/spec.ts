/** `members` of an organisation. */
import type { z } from "zod";
import { emailKey } from "../../flagsmith/email.ts";
import { choice, email, mapping, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const schema = mapping({
  email: email("Address of the user"),
  role: optional(choice(["ADMIN", "USER"], "Default `USER`")),
});

/** What a member declares. */
export type MemberFields = z.output<typeof schema>;

/** The membership of a user in an organisation. */
export const memberSpec: KindSpec<MemberFields> = {
  name: "member",
  list: undefined,
  nested: "members",
  label: "member",
  plural: "members",
  doc: "The membership of a user. A new member joins the organisation's default groups.",
  example: "email: admin@example.com\nrole: ADMIN\n",
  schema,
  parent: "organisation",
  identity: (fields) => fields.email,
  identityField: "email",
  key: emailKey,
  references: (fields) => [{ path: ["email"], kind: "user", name: fields.email, scope: "global" }],
  content: ({ email, role }) => ({ email: emailKey(email), role }),
  line: "parent",
};
