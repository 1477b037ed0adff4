/** The `server_side_environment_keys` list. */
import type * as z from "zod";
import { isServerKey } from "../../flagsmith/keys.ts";
import { bool, chosen, mapping, name, optional, secret, timestamp, variableName } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const schema = mapping({
  name: name(100, "Its name in the dashboard"),
  key: chosen(
    secret(
      100,
      "A chosen key, beginning with `ser.`; one is made otherwise, also when a variable gives an empty text",
    ),
  ),
  active: optional(bool("Default true")),
  expires_at: optional(timestamp("Never, when it is not given")),
  output: optional(variableName("The variable of the key in `--outputs`")),
});

/** What a server-side key item declares. */
export type ServerSideEnvironmentKeyFields = z.output<typeof schema>;

/** A key for SDKs that evaluate flags themselves. */
export const serverSideEnvironmentKeySpec: KindSpec<
  ServerSideEnvironmentKeyFields,
  "server_side_environment_key"
> = {
  name: "server_side_environment_key",
  list: "server_side_environment_keys",
  nested: "server_side_environment_keys",
  label: "server-side environment key",
  plural: "server-side environment keys",
  doc:
    "A key for SDKs that evaluate flags themselves, and for the API's own use of Flagsmith. It is a secret.",
  example: "name: backend\nproject: Web App\nenvironment: Development\n",
  schema,
  parent: "environment",
  identity: (fields) => fields.name,
  identityField: "name",
  unique: [{
    column: "key",
    field: "key",
    what: "key",
    value: (fields) => fields.key,
    within: "table",
    rotated: "key",
    hint: "Choose another key",
  }],
  key: (text) => text,
  check: (fields, report) => {
    if (fields.key !== undefined && !isServerKey(fields.key.reveal())) {
      report(
        ["key"],
        "FP111",
        '"key" is not a server-side environment key',
        'It begins with "ser." and holds no white space',
      );
    }
  },
  content: ({ name, active, expires_at }) => ({ name, active, expires_at }),
  line: "parent",
};
