/** `members` of an organisation. */
import type * as z from "zod";
import { exactEmail, exactEmailKey } from "../../flagsmith/email.ts";
import { firstRelease } from "../../flagsmith/releases.ts";
import { bool, choice, email, mapping, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";
import { PERMISSIONS_OF_MEMBER } from "../states_shorthand.ts";

const schema = mapping({
  email: email("Address of the user"),
  role: optional(choice(["ADMIN", "USER"], "Default `USER`")),
  is_active: optional(
    bool(
      `Default \`true\`; a member who is not active cannot use the organisation. Flagsmith ${
        firstRelease("organisations_userorganisation", "is_active")
      } and later`,
    ),
  ),
  create_user: optional(
    bool("Create the user, without a password, when no file declares it and the database does not hold it"),
  ),
});

/** What a member declares. */
export type MemberFields = z.output<typeof schema>;

/** The membership of a user in an organisation. */
export const memberSpec: KindSpec<MemberFields, "member"> = {
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
  namedBy: [{ path: "email", kind: "user" }],
  identityField: "email",
  key: exactEmailKey,
  stored: exactEmail,
  shorthand: PERMISSIONS_OF_MEMBER,
  references: ({ email, create_user: create }) => [{
    path: ["email"],
    kind: "user",
    name: email,
    scope: "global",
    ...(create === true ? { implied: { email } } : {}),
  }],
  content: ({ email, role, is_active }) => ({ email: exactEmailKey(email), role, is_active }),
  line: "parent",
};
