/** Trees → YAML that our own reader reads back identically. */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { safeYaml } from "../../diagnostics/shield.ts";
import { plainValue } from "../../source/core_schema.ts";
import type { Mapping, Tree } from "./tree.ts";

/** How the package prints: nothing is folded, so that every line is a value or a part of one. */
export const PRINT_OPTIONS = { lineWidth: 0, doubleQuotedMinMultiLineLength: Infinity } as const;

/** Mappings of scalars that fit into so many characters are written in one line. */
const INLINE_LENGTH = 90;

/** A whole document; the lists at its top are set apart by blank lines. */
export function printDocument(root: Mapping): string {
  const map = new YAMLMap<Scalar<string>, YamlNode>();
  for (const [key, value] of root.entries) {
    const name = textScalar(key);
    if (map.items.length > 0) name.spaceBefore = true;
    map.items.push(new Pair(name, nodeOf(value)));
  }
  // Without a schema the package never quotes by type; which texts need quotes is decided here, by our own typing.
  return safeYaml(new Document(map, { schema: "failsafe", version: "1.2" }).toString(PRINT_OPTIONS));
}

/** A node of the package's tree. */
export type YamlNode = Scalar<string> | YAMLMap<Scalar<string>, YamlNode> | YAMLSeq<YamlNode>;

/** The node of a value. */
export function nodeOf(tree: Tree): YamlNode {
  switch (tree.kind) {
    case "text":
      return textScalar(tree.text.replaceAll("${", () => "$${"));
    case "plain":
      return scalarOf(tree.source, Scalar.PLAIN);
    case "variable":
      return scalarOf(`\${${tree.name}}`, Scalar.QUOTE_DOUBLE);
    case "list": {
      const sequence = new YAMLSeq<YamlNode>();
      for (const item of tree.items) sequence.items.push(nodeOf(item));
      return sequence;
    }
    case "mapping": {
      const map = new YAMLMap<Scalar<string>, YamlNode>();
      for (const [key, value] of tree.entries) map.items.push(new Pair(textScalar(key), nodeOf(value)));
      map.flow = isSmall(tree);
      return map;
    }
  }
}

function scalarOf(content: string, type: Scalar.Type): Scalar<string> {
  const scalar = new Scalar(content);
  scalar.type = type;
  return scalar;
}

/** Words that YAML 1.1 readers, and many people, take for booleans; and the merge key. */
const WORDS = /^(?:y|n|yes|no|on|off|<<)$/i;

/** Characters that nobody sees: controls, unusual spaces and line breaks, marks of direction. */
const UNSEEN = /[^\P{C}\n]|[^\P{Z} ]/u;

/** Texts that a block keeps whatever an editor does: no blank at either end of a line. */
const BLOCK = /^(?:\S(?:.*\S)?|\n(?=\S))(?:\n+\S(?:.*\S)?)*\n?$/;

/** A scalar that is text whatever it looks like. */
function textScalar(content: string): Scalar<string> {
  const isPlain = !UNSEEN.test(content) && !content.includes("${") && !WORDS.test(content) &&
    plainValue(content) === content;
  if (isPlain && content.includes("\n") && BLOCK.test(content)) {
    return scalarOf(content, Scalar.BLOCK_LITERAL);
  }
  return scalarOf(content, isPlain && !content.includes("\n") ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE);
}

/** True for a mapping that reads best in one line: a few scalars, none of them a secret or of several lines. */
function isSmall({ entries }: Mapping): boolean {
  let length = 0;
  for (const [key, value] of entries) {
    if (value.kind !== "text" && value.kind !== "plain") return false;
    const content = value.kind === "text" ? value.text : value.source;
    if (content.includes("\n")) return false;
    length += key.length + content.length + 4;
  }
  return length <= INLINE_LENGTH;
}
