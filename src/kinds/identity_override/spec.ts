/** The `identity_overrides` list. */
import type * as z from "zod";
import { line, mapping, name } from "../fields.ts";
import type { KindSpec } from "../kind.ts";
import { checkAllocations, sizedStateTexts, stateContent, stateFields } from "../state_fields.ts";

const schema = mapping({
  environment: name(2000),
  identifier: line({ max: 2000, identity: true, padded: true }),
  ...stateFields,
});

/** What an identity override item declares. */
export type IdentityOverrideFields = z.output<typeof schema>;

/** The state of a feature for one identity. */
export const identityOverrideSpec: KindSpec<IdentityOverrideFields, "identity_override"> = {
  name: "identity_override",
  list: "identity_overrides",
  nested: undefined,
  label: "identity override",
  plural: "identity overrides",
  doc: "The state of a feature for one identity. An identity that does not exist is created.",
  example:
    "feature: items_per_page\nproject: Web App\nenvironment: Development\nidentifier: alice\nenabled: false\n",
  schema,
  parent: "feature",
  identity: (fields) => `${fields.environment}/${fields.identifier}`,
  parts: (fields) => [fields.environment, fields.identifier],
  namedBy: [{ path: "environment", kind: "environment" }, undefined],
  identityField: "identifier",
  key: (text) => text,
  references: (fields) => [
    { path: ["environment"], kind: "environment", name: fields.environment, scope: "project" },
    {
      path: ["identifier"],
      kind: "identity",
      name: fields.identifier,
      scope: "environment",
      implied: { identifier: fields.identifier },
    },
  ],
  check: checkAllocations,
  sizedTexts: sizedStateTexts,
  content: (fields) => ({
    environment: fields.environment,
    identifier: fields.identifier,
    ...stateContent(fields),
  }),
  preposition: "for",
  line: "parent",
};
