/** The `master_api_keys` list. */
import type * as z from "zod";
import { masterKeyPrefix } from "../../flagsmith/keys.ts";
import {
  bool,
  chosen,
  freeText,
  mapping,
  name,
  optional,
  secret,
  timestamp,
  variableName,
} from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const schema = mapping({
  name: name(50, "Its name in the dashboard"),
  is_admin: optional(bool("Default true; a key that is not admin has no rights on an open-source image")),
  expires_at: optional(timestamp("Never, when it is not given")),
  key: chosen(
    secret(
      128,
      "A chosen key, `PREFIX.SECRET` with a prefix of eight letters or digits; one is made otherwise, also when a variable gives an empty text",
    ),
  ),
  output: optional(variableName("The variable of the key in `--outputs`")),
  description: optional(
    freeText({ empty: true, doc: "Kept in the log only: Flagsmith has no column for it" }),
  ),
});

/** What a master API key item declares. */
export type MasterApiKeyFields = z.output<typeof schema>;

/** A key to an organisation's API; its value is shown once, at creation. */
export const masterApiKeySpec: KindSpec<MasterApiKeyFields, "master_api_key"> = {
  name: "master_api_key",
  list: "master_api_keys",
  nested: "master_api_keys",
  label: "master API key",
  plural: "master API keys",
  doc:
    "A key to an organisation's administrative API. Only its hash is stored; the value is printed once, when it is created.",
  example: "name: CI/CD Pipeline Key\norganisation: Acme Corp\nis_admin: true\n",
  schema,
  parent: "organisation",
  identity: (fields) => fields.name,
  identityField: "name",
  unique: [{
    column: "prefix",
    field: "key",
    what: "prefix of the key",
    value: ({ key }) => key === undefined ? undefined : masterKeyPrefix(key.reveal()),
    within: "table",
    rotated: "key",
    hint:
      "The first eight characters of a master API key are unique, and deleted keys keep theirs; two keys change places by renamed_from",
  }],
  key: (text) => text,
  credential: ({ key }) => key === undefined ? { kind: "made" } : { kind: "text", field: "key", secret: key },
  check: (fields, report) => {
    if (fields.key !== undefined && !/^[A-Za-z0-9]{8}\.[A-Za-z0-9]{16,}$/.test(fields.key.reveal())) {
      report(
        ["key"],
        "FP111",
        '"key" does not have the form of a master API key',
        "Eight letters or digits, a dot, and at least sixteen letters or digits",
      );
    }
  },
  content: ({ name, is_admin, expires_at }) => ({ name, is_admin, expires_at }),
  loggedOnly: ["description"],
  line: "own",
};
