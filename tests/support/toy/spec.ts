/** The `toys` list. */
import type * as z from "zod";
import { bool, chosen, line, mapping, name, optional, secret } from "../../../src/kinds/fields.ts";
import type { KindSpec } from "../../../src/kinds/kind.ts";

const schema = mapping({
  name: name(100, "What is written on the box"),
  code: optional(line({ max: 20, doc: "Number of the article; no two toys have the same" })),
  recipe: secret(200, "How it is made"),
  box_key: chosen(line({ max: 40, identity: true, doc: "A chosen key; one is made otherwise" })),
  in_stock: optional(bool("Default true")),
});

/** What a toy declares. */
export type ToyFields = z.output<typeof schema>;

/** A toy of a project. */
export const toySpec: KindSpec<ToyFields, "toy"> = {
  name: "toy",
  list: "toys",
  nested: "toys",
  label: "toy",
  plural: "toys",
  doc: "A toy of a project.",
  example: "name: Robot\nproject: Web App\nrecipe: ${ROBOT_RECIPE:tin and springs}\n",
  schema,
  parent: "project",
  identity: (fields) => fields.name,
  identityField: "name",
  key: (text) => text,
  unique: [{
    column: "code",
    field: "code",
    what: "code",
    value: (fields) => fields.code,
    within: "table",
    hint: "Choose another code",
  }, {
    column: "box_key",
    field: "box_key",
    what: "key",
    value: (fields) => fields.box_key,
    within: "table",
    rotated: "key",
    hint: "Choose another key",
  }],
  content: ({ recipe: _recipe, ...fields }) => fields,
  line: "own",
};
