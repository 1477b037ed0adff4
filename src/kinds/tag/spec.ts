/** The `tags` list. */
import { bool, freeText, line, mapping, name, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";
import type * as z from "zod";

const schema = mapping({
  label: name(100, "What the dashboard shows"),
  color: optional(line({ max: 10, doc: "Default `#6837FC`" })),
  description: optional(freeText({ max: 512, empty: true })),
  is_permanent: optional(bool("Features that carry it are protected in the dashboard; default false")),
});

/** What a tag item declares. */
export type TagFields = z.output<typeof schema>;

/** A tag of a project, for its features. */
export const tagSpec: KindSpec<TagFields, "tag"> = {
  name: "tag",
  list: "tags",
  nested: "tags",
  label: "tag",
  plural: "tags",
  doc: "A tag that features of the project may carry.",
  example: "label: ui\nproject: Web App\ncolor: '#ff8800'\n",
  schema,
  parent: "project",
  identity: (fields) => fields.label,
  identityField: "label",
  key: (text) => text,
  content: (fields) => ({ ...fields }),
  line: "parent",
};
