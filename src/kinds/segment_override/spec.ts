/** The `segment_overrides` list. */
import type * as z from "zod";
import { INT32_MAX, integer, mapping, name, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";
import { checkAllocations, sizedStateTexts, stateContent, stateFields } from "../state_fields.ts";

const schema = mapping({
  environment: name(2000),
  segment: name(2000),
  priority: optional(
    integer({
      min: 0,
      max: INT32_MAX,
      doc: "The lower wins; left out: the order written, among those of the list",
    }),
  ),
  ...stateFields,
});

/** What a segment override item declares. */
export type SegmentOverrideFields = z.output<typeof schema>;

/** The state of a feature for the members of a segment. */
export const segmentOverrideSpec: KindSpec<SegmentOverrideFields, "segment_override"> = {
  name: "segment_override",
  list: "segment_overrides",
  nested: undefined,
  label: "segment override",
  plural: "segment overrides",
  doc: "The state of a feature in one environment for the members of a segment.",
  example:
    "feature: items_per_page\nproject: Web App\nenvironment: Development\nsegment: enterprise_customers\nenabled: true\nvalue: 500\n",
  schema,
  parent: "feature",
  identity: (fields) => `${fields.environment}/${fields.segment}`,
  parts: (fields) => [fields.environment, fields.segment],
  namedBy: [{ path: "environment", kind: "environment" }, { path: "segment", kind: "segment" }],
  identityField: "segment",
  key: (text) => text,
  references: (fields) => [
    { path: ["environment"], kind: "environment", name: fields.environment, scope: "project" },
    { path: ["segment"], kind: "segment", name: fields.segment, scope: "project" },
  ],
  check: checkAllocations,
  sizedTexts: sizedStateTexts,
  content: (fields) => ({
    environment: fields.environment,
    segment: fields.segment,
    priority: fields.priority,
    ...stateContent(fields),
  }),
  preposition: "for",
  line: "parent",
};
