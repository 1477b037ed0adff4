/** Live texts that a field takes only as `!exact`: names with line breaks, with white space at their ends, and the like. */
import type * as z from "zod";
import { sourceFile } from "../../diagnostics/source_file.ts";
import { fieldDocs, structures } from "../../kinds/fields.ts";
import { ALL_SPECS, type KindName } from "../../kinds/specs.ts";
import { list, mapping, type Text, text, type Tree } from "../../kinds/value_tree.ts";
import type { ScalarNode } from "../../source/node.ts";
import type { Entity, Field } from "./entity.ts";

const NOWHERE = { file: sourceFile("", ""), start: 0, end: 0 };

/** The name of an entity, as every field that names one of its kind takes it. */
export function nameTree(kind: KindName, name: string): Tree {
  const { schema, identityField } = ALL_SPECS[kind];
  const structure = structures.get(schema);
  const field = structure?.kind === "mapping" ? structure.fields[identityField] : undefined;
  return field === undefined ? text(name) : exactTree(field, text(name));
}

/** An entity with what belongs to it, its texts as its schema takes them. */
export function exactEntity(entity: Entity): Entity {
  return {
    ...entity,
    fields: entity.fields.map((field) => exactField(entity.kind, field)),
    children: entity.children.map(exactEntity),
  };
}

function exactField(kind: KindName, field: Field): Field {
  const schema = schemaAt(ALL_SPECS[kind].schema, field.path);
  if (schema === undefined) return field;
  const value = exactTree(schema, field.value);
  return { ...field, value, ...(field.full === undefined ? {} : { full: exactTree(schema, field.full) }) };
}

function schemaAt(schema: z.ZodType, path: readonly string[]): z.ZodType | undefined {
  const structure = structures.get(schema);
  if (structure?.kind === "optional") return schemaAt(structure.inner, path);
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const below = structure?.kind === "mapping" ? structure.fields[key] : undefined;
  return below === undefined ? undefined : schemaAt(below, rest);
}

function exactTree(schema: z.ZodType, tree: Tree): Tree {
  const structure = structures.get(schema);
  if (structure?.kind === "optional") return exactTree(structure.inner, tree);
  switch (tree.kind) {
    case "text":
      return fieldDocs.get(schema)?.exact === true ? exactText(schema, tree) : tree;
    case "list": {
      const item = structure?.kind === "list" ? structure.item : schema;
      return list(tree.items.map((one) => exactTree(item, one)));
    }
    case "mapping":
      return mapping(
        tree.entries.map(([key, value]) => {
          const inner = structure?.kind === "mapping" ? structure.fields[key] : undefined;
          return [key, inner === undefined ? value : exactTree(inner, value)];
        }),
        tree.owner,
      );
    default:
      return tree;
  }
}

/** What a field refuses is marked, where that makes the field take it. */
function exactText(schema: z.ZodType, tree: Text): Text {
  const takes = (node: ScalarNode): boolean => schema.safeParse(node).success;
  const node: ScalarNode = {
    kind: "scalar",
    span: NOWHERE,
    value: tree.text,
    text: tree.text,
    style: "quoted",
    interpolated: false,
    mocked: false,
    secret: false,
  };
  return !takes(node) && takes({ ...node, exact: true }) ? { ...tree, exact: true } : tree;
}
