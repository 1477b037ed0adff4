/** The `environments` list. */
import type * as z from "zod";
import {
  bool,
  chosen,
  freeText,
  integer,
  limit,
  line,
  mapping,
  name,
  optional,
  variableName,
} from "../fields.ts";
import { fitsHeader, fitsRoute } from "../../flagsmith/keys.ts";
import type { KindSpec } from "../kind.ts";
import { STATES_OF_ENVIRONMENT } from "../states_shorthand.ts";

const settings = mapping({
  allow_client_traits: optional(bool("Whether client-side SDKs may set traits; default true")),
  hide_disabled_flags: optional(bool("Unset: as the project says")),
  hide_sensitive_data: optional(bool("SDKs get fewer fields of each flag; default false")),
  use_identity_composite_key_for_hashing: optional(
    bool("Percentages by environment key and identifier; default true"),
  ),
  use_identity_overrides_in_local_eval: optional(bool("Default true")),
  use_v2_feature_versioning: optional(bool("Set when the environment is created")),
  minimum_change_request_approvals: optional(
    integer(limit("Used by Enterprise images")),
  ),
  banner_text: optional(line({ max: 255, empty: true, doc: "Shown on top of the dashboard" })),
  banner_colour: optional(line({ max: 7, empty: true, doc: "As in `#FF0000`" })),
  description: optional(
    freeText({ max: 20000, empty: true, doc: "The same as the environment's own description" }),
  ),
});

const schema = mapping({
  name: name(2000),
  description: optional(freeText({ max: 20000, empty: true })),
  api_key: chosen(
    line({
      max: 100,
      identity: true,
      doc: "A chosen client-side key; one is made otherwise, also when a variable gives an empty text",
      unmeant: ({ text }) =>
        fitsHeader(text) ? undefined : {
          message: "holds a character that no HTTP header takes, so no client can send the key",
          hint: "Letters, digits and most other characters of Latin-1 can be sent",
        },
    }),
  ),
  settings: optional(settings),
  output: optional(variableName("The variable of its client-side key in `--outputs`")),
});

/** What an environment item declares. */
export type EnvironmentFields = z.output<typeof schema>;

/** An environment of a project: every feature of the project has a state in it. */
export const environmentSpec: KindSpec<EnvironmentFields, "environment"> = {
  name: "environment",
  list: "environments",
  nested: "environments",
  label: "environment",
  plural: "environments",
  doc: "An environment. Creating one creates the state of every feature of its project in it.",
  example: "name: QA\nproject: Web App\n",
  schema,
  parent: "project",
  identity: (fields) => fields.name,
  identityField: "name",
  unique: [{
    column: "api_key",
    field: "api_key",
    what: "key",
    value: (fields) => fields.api_key,
    within: "table",
    rotated: "client-side key",
    hint: "Choose another api_key; rows that were deleted in the dashboard keep their key",
  }],
  key: (text) => text,
  commonNames: true,
  shorthand: STATES_OF_ENVIRONMENT,
  check: (fields, report) => {
    if (fields.description !== undefined && fields.settings?.description !== undefined) {
      report(
        { keyAt: ["settings", "description"] },
        "FP116",
        'An environment has one "description": beside its name or in settings',
      );
    }
    if (fields.api_key !== undefined && !fitsRoute(fields.api_key)) {
      report(
        ["api_key"],
        "FP111",
        '"api_key" holds a dot or a slash',
        "The key is a part of the API's addresses, which take neither: the environment could not be opened again",
      );
    }
  },
  content: ({ name, description, api_key, settings }) => ({
    name,
    api_key,
    ...settings,
    description: description ?? settings?.description,
  }),
  line: "own",
};
