/** YAML as a tree that can be taken apart and written again with every scalar as it was. */
import { isMap, isScalar, isSeq, parseDocument } from "yaml";

/** A node: the source text of a scalar, a list, or a mapping as its pairs in order. */
export type Tree =
  | { readonly kind: "scalar"; readonly source: string }
  | { readonly kind: "list"; readonly items: readonly Tree[] }
  | { readonly kind: "map"; readonly pairs: readonly Pair[] };

/** A key of a mapping with its value. */
export type Pair = readonly [key: string, value: Tree];

/** Reads a file of one document; block scalars become double-quoted ones of the same content. Throws on anything else. */
export function readTree(text: string): Tree {
  const convert = (node: unknown): Tree => {
    if (isMap(node)) {
      return { kind: "map", pairs: node.items.map(({ key, value }) => [String(key), convert(value)]) };
    }
    if (isSeq(node)) return { kind: "list", items: node.items.map(convert) };
    if (!isScalar(node)) throw new TypeError("The file holds more than mappings, lists and scalars");
    const [from, to] = node.range ?? [0, 0];
    const isBlock = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
    return { kind: "scalar", source: isBlock ? JSON.stringify(node.value) : text.slice(from, to) };
  };
  // Without a schema, so that no scalar is judged: `007` stays what was written.
  return convert(parseDocument(text, { schema: "failsafe" }).contents);
}

/** The tree in block style, each line indented by `indent`. */
export function writeTree(tree: Tree, indent = ""): string {
  switch (tree.kind) {
    case "scalar":
      return `${indent}${tree.source}\n`;
    case "list":
      return tree.items.length === 0
        ? `${indent}[]\n`
        : tree.items.map((item) => `${indent}-\n${writeTree(item, `${indent}  `)}`).join("");
    case "map":
      return tree.pairs.length === 0
        ? `${indent}{}\n`
        : tree.pairs.map(([key, value]) => `${indent}${key}:\n${writeTree(value, `${indent}  `)}`).join("");
  }
}

/** The value of a key; undefined when the node has none. */
export function valueOf(tree: Tree, key: string): Tree | undefined {
  return tree.kind === "map" ? tree.pairs.find(([name]) => name === key)?.[1] : undefined;
}

/** The mapping without some keys. */
export function without(tree: Tree, keys: readonly string[]): Tree {
  return tree.kind === "map"
    ? { kind: "map", pairs: tree.pairs.filter(([key]) => !keys.includes(key)) }
    : tree;
}

/** The mapping with one more pair at its end. */
export function withPair(tree: Tree, key: string, value: Tree): Tree {
  return tree.kind === "map" ? { kind: "map", pairs: [...tree.pairs, [key, value]] } : tree;
}

/** The items of a list; none for anything else. */
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === "list" ? tree.items : [];
}
