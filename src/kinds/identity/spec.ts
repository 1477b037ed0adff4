/** The `identities` list. */
import type * as z from "zod";
import { pythonStrip } from "../../flagsmith/python/strip.ts";
import { lengthOf, line, mapping, optional, record, traitValueField } from "../fields.ts";
import type { Content, KindSpec } from "../kind.ts";

const schema = mapping({
  identifier: line({ max: 2000, identity: true, padded: true }),
  traits: optional(record(traitValueField("Typed by its YAML type"))),
});

/** What an identity item declares. */
export type IdentityFields = z.output<typeof schema>;

/** Longest trait key in characters (`docs/flagsmith/identities.md#identities-and-traits`). */
const TRAIT_KEY_LIMIT = 200;

/** An identity of an environment, with its traits. */
export const identitySpec: KindSpec<IdentityFields, "identity"> = {
  name: "identity",
  list: "identities",
  nested: "identities",
  label: "identity",
  plural: "identities",
  doc:
    "An identity of an environment. Traits are text, whole numbers, numbers with a fraction, or booleans, as YAML types them.",
  example:
    "identifier: alice\nproject: Web App\nenvironment: Development\ntraits: { plan: pro, age: 42, score: 1.5, beta: true }\n",
  schema,
  parent: "environment",
  identity: (fields) => fields.identifier,
  identityField: "identifier",
  key: (text) => text,
  check: (fields, report) => {
    for (const key of Object.keys(fields.traits ?? {})) {
      const place = { keyAt: ["traits", key] };
      const stripped = pythonStrip(key);
      if (stripped === "") {
        report(place, "FP108", "A trait's key is empty");
      } else if (stripped !== key) {
        report(
          place,
          "FP155",
          "A trait's key has white space at its ends, which Flagsmith's API removes: it would set another trait",
        );
      }
      const length = lengthOf(key);
      if (length > TRAIT_KEY_LIMIT) {
        report(
          place,
          "FP106",
          `A trait's key is ${length} characters long; Flagsmith stores ${TRAIT_KEY_LIMIT} at most`,
        );
      }
    }
  },
  content: ({ identifier, traits }) => ({
    identifier,
    traits: traits === undefined ? undefined : Object.fromEntries(
      Object.entries(traits).map(([key, value]): [string, Content] => [key, { ...value }]),
    ),
  }),
  line: "parent",
};
