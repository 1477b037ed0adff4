/** Makes one list of a file what the database has: item by item, so that lines which say the same already stay. */
import { appendAll } from "../../diagnostics/append_all.ts";
import { list, mapping, text, type Tree } from "../../kinds/value_tree.ts";
import { child, type MapNode, type Node, type SequenceNode } from "../../source/node.ts";
import { align } from "./align.ts";
import { addEntry, type EditedFile, insertItems, removeItems, replaceValue } from "./splice.ts";

/** What there is to know of a list. */
export interface ListField {
  /** Its name. */
  readonly name: string;
  /** Keys of the options of a flag in their order, by which shares may name them. */
  readonly optionKeys: readonly (string | null)[];
}

/** The field of an item that tells it from the others of its list. */
const IDENTITIES: ReadonlyMap<string, string> = new Map([
  ["multivariate_options", "key"],
  ["multivariate", "option"],
  ["members", "email"],
]);

/** Lists whose order is content. */
const ORDERED: ReadonlySet<string> = new Set(["multivariate_options", "rules"]);

/** An item as a file has to say it, and all that there is to say of it. */
interface Wanted {
  readonly value: Tree;
  readonly full: Tree;
}

/**
 * Changes what differs, adds what is missing at its place and takes out what has gone; false when that cannot be done item
 * by item, and then `file` is not to be used. `full` says what `value` leaves out.
 */
export function conformList(
  file: EditedFile,
  node: SequenceNode,
  value: Tree,
  full: Tree,
  field: ListField,
): boolean {
  if (value.kind !== "list" || full.kind !== "list" || value.items.length !== full.items.length) return false;
  const wanted = full.items.flatMap((item, at): Wanted[] => {
    const said = value.items[at];
    return said === undefined ? [] : [{ value: said, full: item }];
  });
  return conformItems(file, node, ORDERED.has(field.name) ? wanted : inOrderOf(node, wanted, field), field);
}

function conformItems(
  file: EditedFile,
  node: SequenceNode,
  wanted: readonly Wanted[],
  field: ListField,
): boolean {
  const partners = align(node.items, wanted, (item, one) => likeness(item, one, field));
  if (partners === undefined) return false;
  const taken = new Map<number, number>();
  const removed = new Set<number>();
  for (const [at, item] of node.items.entries()) {
    const partner = partners[at];
    const one = partner === undefined ? undefined : wanted[partner];
    if (partner === undefined || one === undefined) {
      if (!isAbsent(item)) removed.add(at);
      continue;
    }
    const attempt: EditedFile = { ...file, edits: [] };
    if (conformItem(attempt, item, one, field)) {
      appendAll(file.edits, attempt.edits);
      taken.set(partner, at);
    } else removed.add(at);
  }
  if (removed.size > 0 && !removeItems(file, node, removed)) return false;
  return addMissing(file, node, wanted, taken, removed);
}

/** Adds items behind the one that they follow, and all that follow none before the first that stays. */
function addMissing(
  file: EditedFile,
  node: SequenceNode,
  wanted: readonly Wanted[],
  taken: ReadonlyMap<number, number>,
  removed: ReadonlySet<number>,
): boolean {
  const groups = new Map<number | undefined, Tree[]>();
  let behind: number | undefined;
  for (const [at, { value }] of wanted.entries()) {
    const own = taken.get(at);
    if (own === undefined) groups.set(behind, [...groups.get(behind) ?? [], value]);
    else behind = own;
  }
  const first = node.items.findIndex((_, at) => !removed.has(at));
  return groups.entries().every(([at, values]) =>
    at === undefined
      ? first >= 0 && insertItems(file, node, "before", first, values)
      : insertItems(file, node, "behind", at, values)
  );
}

/** True for an item that says of something that it is not there. */
function isAbsent(item: Node): boolean {
  const ensure = child(item, "ensure");
  return ensure?.kind === "scalar" && ensure.text === "absent";
}

/** Items in the order of the file, new ones behind them: the order of the list means nothing. */
function inOrderOf(node: SequenceNode, wanted: readonly Wanted[], field: ListField): readonly Wanted[] {
  const written = node.items.map((item) => nameOfNode(item, field));
  const placeOf = ({ full }: Wanted): number => {
    const at = written.indexOf(nameOfTree(full, field));
    return at < 0 ? written.length : at;
  };
  return wanted.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** What tells an item from the others of its list; undefined for what has no name. */
function nameOfNode(item: Node, field: ListField): string | undefined {
  const named = item.kind === "map" ? child(item, IDENTITIES.get(field.name) ?? "") : item;
  return named?.kind === "scalar" ? nameIn(named.text, field) : undefined;
}

function nameOfTree(item: Tree, field: ListField): string | undefined {
  const key = IDENTITIES.get(field.name) ?? "";
  const named = item.kind === "mapping" ? new Map(item.entries).get(key) : item;
  if (named?.kind === "text") return nameIn(named.text, field);
  return named?.kind === "plain" ? nameIn(named.source, field) : undefined;
}

function nameIn(text: string, { name, optionKeys }: ListField): string {
  if (name === "multivariate") {
    return optionKeys.includes(text) ? text : optionKeys[Number(text) - 1] ?? text;
  }
  return text.includes("@") ? text.toLowerCase() : text;
}

/** How well an item of the file would do for a wanted one; undefined for not at all. */
function likeness(item: Node, { value, full }: Wanted, field: ListField): number | undefined {
  const [own, other] = [nameOfNode(item, field), nameOfTree(full, field)];
  if (own !== undefined || other !== undefined) return own === other ? 1000 : undefined;
  if (item.kind !== "map" || full.kind !== "mapping" || value.kind !== "mapping") return undefined;
  const same = fitted(item, full).entries.filter(([key, tree]) => {
    const inner = child(item, key);
    return inner !== undefined && saysAll(inner, tree, isTyped(field, key));
  });
  return 1 + same.length;
}

/** Whether quotes count in a field: an option's value is typed. */
function isTyped({ name }: ListField, key: string): boolean {
  return name === "multivariate_options" && key === "value";
}

function conformItem(file: EditedFile, item: Node, { value, full }: Wanted, field: ListField): boolean {
  if (item.kind !== "map" || full.kind !== "mapping" || value.kind !== "mapping") {
    return item.kind === "scalar" && full.kind !== "mapping" && full.kind !== "list";
  }
  const [said, whole] = [new Map(fitted(item, value).entries), new Map(fitted(item, full).entries)];
  const gone = new Set<number>();
  for (const [at, entry] of item.entries.entries()) {
    const tree = whole.get(entry.key);
    if (tree === undefined) {
      if (!isNothing(entry.value)) gone.add(at);
    } else if (
      entry.key === IDENTITIES.get(field.name) || saysAll(entry.value, tree, isTyped(field, entry.key))
    ) {
      continue;
    } else if (entry.value.kind === "sequence" && tree.kind === "list" && entry.value.items.length > 0) {
      const inner = said.get(entry.key) ?? tree;
      if (!conformList(file, entry.value, inner, tree, { ...field, name: "rules" })) return false;
    } else if (!replaceValue(file, entry, tree, item)) return false;
  }
  if (gone.size > 0 && !removeItems(file, item, gone)) return false;
  return [...said].every(([key, tree]) =>
    item.entries.some((entry) => entry.key === key) || addEntry(file, item, key, tree)
  );
}

/** True for a list without items, and for a key without a value: as good as left out. */
function isNothing(node: Node): boolean {
  return node.kind === "sequence" ? node.items.length === 0 : node.kind === "scalar" && node.value === null;
}

/**
 * What an item is to say, in the form of that item: a rule with conditions alone is short for a rule `ALL` around it, and a
 * list as the value of a condition is short for its JSON.
 */
function fitted(
  item: MapNode,
  tree: Tree & { readonly kind: "mapping" },
): Tree & { readonly kind: "mapping" } {
  const entries = new Map(tree.entries);
  const [rules, conditions, value] = [child(item, "rules"), entries.get("conditions"), entries.get("value")];
  if (
    rules?.kind === "sequence" && rules.items.length > 0 && conditions !== undefined && !entries.has("rules")
  ) {
    return mapping([["type", text("ALL")], ["rules", list([tree])]]);
  }
  const texts = value?.kind === "text" && child(item, "value")?.kind === "sequence"
    ? textsIn(value.text)
    : undefined;
  return texts === undefined ? tree : mapping(
    tree.entries.map(([key, one]) => [key, key === "value" ? list(texts.map((each) => text(each))) : one]),
  );
}

function textsIn(json: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** True when a part of a file says what is wanted, and nothing else. */
function saysAll(node: Node, tree: Tree, typed: boolean): boolean {
  if (node.kind === "scalar") return says(node, tree, typed);
  if (node.kind === "sequence") {
    return tree.kind === "list" && tree.items.length === node.items.length &&
      node.items.every((item, at) => {
        const one = tree.items[at];
        return one !== undefined && saysAll(item, one, typed);
      });
  }
  if (tree.kind !== "mapping") return false;
  const entries = new Map(fitted(node, tree).entries);
  return node.entries.every((entry) => {
    const one = entries.get(entry.key);
    return one === undefined ? isNothing(entry.value) : saysAll(entry.value, one, typed);
  }) && entries.keys().every((key) => child(node, key) !== undefined);
}

/** True when a scalar of a file says what is wanted; where its type counts, quotes do. */
export function says(node: Node, tree: Tree, typed: boolean): boolean {
  if (node.kind !== "scalar") return false;
  if (tree.kind === "text") return node.text === tree.text && (!typed || typeof node.value === "string");
  if (tree.kind !== "plain") return false;
  if (typed && typeof node.value === "string") return false;
  return node.text === tree.source || (node.text !== "" && Number(node.text) === Number(tree.source));
}
