/** Where in the source the parts of an item stand. */
import type { Span } from "../diagnostics/source_file.ts";
import type { FieldPath } from "../kinds/kind.ts";
import { child, type MapNode, type Node } from "../source/node.ts";

/** The place of the value at a path below a node, or of the nearest existing part of it. */
export function spanAt(node: Node, path: FieldPath): Span {
  return nodeAt(node, path).span;
}

/** The node at a path below a node, or its nearest existing part. */
export function nodeAt(node: Node, path: FieldPath): Node {
  let at: Node = node;
  for (const step of path) {
    const next: Node | undefined = at.kind === "map"
      ? child(at, String(step))
      : at.kind === "sequence"
      ? at.items[Number(step)]
      : undefined;
    if (next === undefined) break;
    at = next;
  }
  return at;
}

/** The place of the key at the end of a path, or of the nearest existing value; that of an item of a list. */
export function keySpanAt(node: Node, path: FieldPath): Span {
  const above = nodeAt(node, path.slice(0, -1));
  const entry = above.kind === "map" ? above.entries.find(({ key }) => key === path.at(-1)) : undefined;
  return entry?.keySpan ?? spanAt(node, path);
}

/** The place of a key, or of the whole mapping without it. */
export function keySpanOf(node: MapNode, key: string): Span {
  return node.entries.find((e) => e.key === key)?.keySpan ?? node.span;
}
