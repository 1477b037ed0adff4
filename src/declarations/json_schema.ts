/** The format as JSON Schema (draft 2020-12), for editors: made from the schemas that the program itself checks with. */
import type * as z from "zod";
import { type FieldDoc, fieldDocs, structures } from "../kinds/fields.ts";
import {
  ALL_SPECS,
  ancestorsOf,
  childKindsOf,
  KIND_NAMES,
  type KindName,
  shorthandKeysOf,
} from "../kinds/specs.ts";
import { itemPolicySchema, policySchema } from "./policy.ts";
import { rawRowSchema } from "./raw_rows.ts";

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What stands for any scalar until variables are filled in. */
const INTERPOLATED: JsonSchema = { type: "string", pattern: "\\$\\{" };

const TEXT: JsonSchema = { type: ["string", "number", "boolean"] };

/**
 * The schema of a document. It knows keys, types and words; what depends on other entities or on the database, only
 * `validate` and `plan` know.
 */
export function documentSchema(): JsonSchema {
  const lists = Map.groupBy(
    KIND_NAMES.filter((kind) => ALL_SPECS[kind].list !== undefined),
    (kind) => ALL_SPECS[kind].list ?? "",
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "flagsmith-provision",
    description: "What a Flagsmith instance must hold",
    type: "object",
    properties: {
      version: { enum: ["1.0", 1] },
      app_domain: { ...TEXT, description: "The domain of the instance, without a scheme" },
      defaults: closed(fieldsOf(policySchema)),
      message: { ...TEXT, description: "Printed after the commit" },
      outputs: { type: "object", additionalProperties: TEXT },
      reset: closed({ take_over: { anyOf: [{ type: "boolean" }, INTERPOLATED] } }),
      rows: listOf({ ...closed({ ...fieldsOf(rawRowSchema), ...policies() }), required: ["table", "key"] }),
      ...Object.fromEntries(
        [...lists].map(([name, kinds]) => [name, listOf({ anyOf: kinds.map(referenceTo) })]),
      ),
    },
    required: ["version"],
    additionalProperties: false,
    $defs: Object.fromEntries(KIND_NAMES.map((kind) => [kind, itemSchema(kind)])),
  };
}

function referenceTo(kind: KindName): JsonSchema {
  return { $ref: `#/$defs/${kind}` };
}

/** An item of a list: its fields, what it belongs to, what is nested in it, and how it is to be treated. */
function itemSchema(kind: KindName): JsonSchema {
  const { schema, doc, identityField } = ALL_SPECS[kind];
  const children = Map.groupBy(childKindsOf(kind), (child) => ALL_SPECS[child].nested ?? "");
  const parents = ancestorsOf(kind).map((
    parent,
  ) => [parent, { ...TEXT, description: `Its ${ALL_SPECS[parent].label}` }]);
  const nested = [...children].map(([key, kinds]): [string, JsonSchema] => {
    const [first = kind] = kinds;
    const item = { anyOf: kinds.map(referenceTo) };
    return [key, ALL_SPECS[first].single === true ? item : listOf(item)];
  });
  return {
    description: doc,
    ...closed({
      ...fieldsOf(schema),
      ...Object.fromEntries(parents),
      ...Object.fromEntries(nested),
      ...Object.fromEntries(shorthandKeysOf(kind).map((key) => [key, { type: ["object", "array", "null"] }])),
      ...policies(),
    }),
    ...(requiredOf(schema).includes(identityField) ? { required: [identityField] } : {}),
  };
}

function policies(): Readonly<Record<string, JsonSchema>> {
  return { ...fieldsOf(policySchema), ...fieldsOf(itemPolicySchema) };
}

function closed(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", properties, additionalProperties: false };
}

function listOf(items: JsonSchema): JsonSchema {
  return { type: ["array", "null"], items };
}

function mappingOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const structure = structures.get(schema);
  return structure?.kind === "mapping" ? structure.fields : {};
}

function fieldsOf(schema: z.ZodType): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(mappingOf(schema)).map(([key, field]) => [key, fieldSchema(field)]),
  );
}

function requiredOf(schema: z.ZodType): readonly string[] {
  return Object.entries(mappingOf(schema)).flatMap(([key, field]) =>
    structures.get(field)?.kind === "optional" ? [] : [key]
  );
}

function fieldSchema(schema: z.ZodType): JsonSchema {
  const leaf = fieldDocs.get(schema);
  if (leaf !== undefined) return leafSchema(leaf);
  const structure = structures.get(schema);
  switch (structure?.kind) {
    case "optional": {
      const inner = fieldSchema(structure.inner);
      return { anyOf: [inner, { type: "null" }], ...described(inner) };
    }
    case "list":
      return { type: "array", items: fieldSchema(structure.item) };
    case "record":
      return { type: "object", additionalProperties: fieldSchema(structure.value) };
    case "mapping":
      return closed(fieldsOf(schema));
    case undefined:
      return {};
  }
}

function described({ description }: JsonSchema): JsonSchema {
  return description === undefined ? {} : { description };
}

function leafSchema({ doc, json = {} }: FieldDoc): JsonSchema {
  const description = doc === undefined ? {} : { description: doc };
  return { anyOf: [json, INTERPOLATED], ...description };
}
