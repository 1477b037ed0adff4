/** The `feature_states` list: the state of a feature in one environment. */
import type * as z from "zod";
import { mapping, name } from "../fields.ts";
import type { KindSpec } from "../kind.ts";
import { checkAllocations, sizedStateTexts, stateContent, stateFields } from "../state_fields.ts";

const schema = mapping({ environment: name(2000), ...stateFields });

/** What a feature state item declares. */
export type FeatureStateFields = z.output<typeof schema>;

/** The default state of a feature in an environment; it always exists. */
export const featureStateSpec: KindSpec<FeatureStateFields, "feature_state"> = {
  name: "feature_state",
  list: "feature_states",
  nested: undefined,
  label: "feature state",
  plural: "states",
  doc:
    "The state of a feature in one environment. It exists with both; a declared one is set when either is created.",
  example: "feature: items_per_page\nproject: Web App\nenvironment: Development\nenabled: true\nvalue: 50\n",
  schema,
  parent: "feature",
  identity: (fields) => fields.environment,
  namedBy: [{ path: "environment", kind: "environment" }],
  identityField: "environment",
  key: (text) => text,
  references: (
    fields,
  ) => [{ path: ["environment"], kind: "environment", name: fields.environment, scope: "project" }],
  check: checkAllocations,
  sizedTexts: sizedStateTexts,
  content: (fields) => ({ environment: fields.environment, ...stateContent(fields) }),
  preposition: "for",
  line: "parent",
};
