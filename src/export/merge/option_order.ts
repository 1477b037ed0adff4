/** The order of the options of a flag: Flagsmith keeps that of their ids, whatever a file says. */
import { child, type Node } from "../../source/node.ts";
import type { Field } from "../build/entity.ts";
import { list, type Tree } from "../../kinds/value_tree.ts";

/** Options that are told by their keys in the order that the file has them in, which means nothing; others stay behind them. */
export function inOrderOfFile(field: Field, node: Node): Field {
  const written = (node.kind === "sequence" ? node.items : []).map((item) => {
    const key = item.kind === "map" ? child(item, "key") : undefined;
    return key?.kind === "scalar" ? key.text : undefined;
  });
  const keyOf = (item: Tree): string | undefined => {
    const key = item.kind === "mapping" ? new Map(item.entries).get("key") : undefined;
    return key?.kind === "text" ? key.text : undefined;
  };
  const sorted = (tree: Tree): Tree => {
    if (tree.kind !== "list") return tree;
    const keys = tree.items.map(keyOf);
    if ([...keys, ...written].includes(undefined)) return tree;
    const placeOf = (item: Tree): number => {
      const at = written.indexOf(keyOf(item));
      return at < 0 ? written.length : at;
    };
    return list(tree.items.toSorted((a, b) => placeOf(a) - placeOf(b)));
  };
  const { full } = field;
  return { ...field, value: sorted(field.value), ...(full === undefined ? {} : { full: sorted(full) }) };
}
