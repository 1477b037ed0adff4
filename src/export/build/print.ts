/** Trees → YAML that our own reader reads back identically. */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { safeYaml } from "../../diagnostics/shield.ts";
import { plainValue } from "../../source/core_schema.ts";
import type { Mapping, Tree } from "../../kinds/value_tree.ts";

/** How the package prints: nothing is folded, so that every line is a value or a part of one. */
export const PRINT_OPTIONS = { lineWidth: 0, doubleQuotedMinMultiLineLength: Infinity } as const;

/** Mappings of scalars that fit into so many characters are written in one line. */
const INLINE_LENGTH = 90;

/** A whole document; the lists at its top are set apart by blank lines. */
export function printDocument(root: Mapping): string {
  const map = new YAMLMap<Scalar<string>, YamlNode>();
  for (const [key, value] of root.entries) {
    const name = keyScalar(key);
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
      return tree.exact === true ? exactScalar(tree.text) : textScalar(escapeVariables(tree.text));
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
      for (const [key, value] of tree.entries) map.items.push(new Pair(keyScalar(key), nodeOf(value)));
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

/** The same without tabs, which many indent JSON with. */
const UNSEEN_IN_BLOCKS = /[^\P{C}\n\t]|[^\P{Z} ]/u;

/** Texts of several lines that do not end with an empty one; what comes before the first visible character is a blank or one break. */
const LINES = /^(?=[^]*\n)(?:\n|[ \t]*)(?=\S)[^]*[^\s]\n?$/;

/** True for texts that a block in the style `|` gives back exactly. */
export function isBlockText(content: string): boolean {
  return !UNSEEN_IN_BLOCKS.test(content) && LINES.test(content);
}

/** A text as a scalar of the file holds it: what looks like a variable is none. */
export function escapeVariables(text: string): string {
  return text.replaceAll("${", () => "$${");
}

/** True for texts that single quotes can hold in one line. */
export function isQuotable(content: string): boolean {
  return !UNSEEN.test(content) && !content.includes("\n");
}

/** A scalar that is text whatever it looks like; of several lines where a block can hold them. */
function textScalar(content: string): Scalar<string> {
  return isBlockText(content) ? scalarOf(content, Scalar.BLOCK_LITERAL) : keyScalar(content);
}

/** A text of which nothing may be lost, however little of it can be seen: in double quotes, behind the tag `!exact`. */
function exactScalar(content: string): Scalar<string> {
  const scalar = scalarOf(escapeVariables(content), Scalar.QUOTE_DOUBLE);
  scalar.tag = "!exact";
  return scalar;
}

/** The same in one line. */
function keyScalar(content: string): Scalar<string> {
  const isPlain = isQuotable(content) && !content.includes("${") && !WORDS.test(content) &&
    plainValue(content) === content;
  return scalarOf(content, isPlain ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE);
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
