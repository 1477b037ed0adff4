/** The `organisations` list. */
import type * as z from "zod";
import { bool, email, freeText, mapping, name, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const settings = mapping({
  force_2fa: optional(bool("Members must set up a second factor; default false")),
  persist_trait_data: optional(bool("Whether traits of identities are stored; default true")),
  restrict_project_create_to_admin: optional(bool("Default false")),
  feature_analytics: optional(bool("Default false")),
  block_access_to_admin: optional(bool("Locks the dashboard of the organisation; default false")),
  stop_serving_flags: optional(bool("Flags are no longer served to SDKs; default false")),
  webhook_notification_email: optional(
    email("Told about webhooks that fail; empty for nobody", { empty: true }),
  ),
});

const schema = mapping({
  name: name(2000, "Its name"),
  settings: optional(settings),
  description: optional(
    freeText({ empty: true, doc: "Kept in the log only: Flagsmith has no column for it" }),
  ),
});

/** What an organisation item declares. */
export type OrganisationFields = z.output<typeof schema>;

/** An organisation; its subscription always exists with it. */
export const organisationSpec: KindSpec<OrganisationFields, "organisation"> = {
  name: "organisation",
  list: "organisations",
  nested: undefined,
  label: "organisation",
  plural: "organisations",
  doc: "An organisation. Its subscription row always exists with it.",
  example:
    "name: Acme Corp\nmembers: [{ email: admin@example.com, role: ADMIN }]\nsubscription: { plan: enterprise, seats: 20 }\n",
  schema,
  parent: undefined,
  identity: (fields) => fields.name,
  identityField: "name",
  key: (text) => text,
  content: ({ name, settings }) => ({ name, ...settings }),
  loggedOnly: ["description"],
  line: "own",
};
