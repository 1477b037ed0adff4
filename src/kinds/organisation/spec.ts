/** The `organisations` list. */
import type { z } from "zod";
import { bool, email, mapping, name, optional, text } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const settings = mapping({
  force_2fa: optional(bool()),
  persist_trait_data: optional(bool()),
  restrict_project_create_to_admin: optional(bool()),
  feature_analytics: optional(bool()),
  block_access_to_admin: optional(bool()),
  stop_serving_flags: optional(bool()),
  webhook_notification_email: optional(email()),
});

const schema = mapping({
  name: name(2000),
  settings: optional(settings),
  description: optional(text({ empty: true, doc: "Kept in the log only: Flagsmith has no column for it" })),
});

/** What an organisation item declares. */
export type OrganisationFields = z.output<typeof schema>;

/** An organisation; its subscription always exists with it. */
export const organisationSpec: KindSpec<OrganisationFields> = {
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
  line: "own",
};
