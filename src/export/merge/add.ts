/** Puts entities that no file declares into the files: beside their siblings, or into their parent. */
import { appendAll } from "../../diagnostics/append_all.ts";
import type { Declaration } from "../../declarations/declaration.ts";
import { environmentSpec } from "../../kinds/environment/spec.ts";
import { ALL_KINDS, ALL_SPECS, ancestorsOf } from "../../kinds/specs.ts";
import { PART, ROOT } from "../kind_exports.ts";
import { child, type MapNode, type SequenceNode, type SourceDocument } from "../../source/node.ts";
import type { Placed } from "../build/addresses.ts";
import { canBeKey, entityTree, statesTree } from "../build/document.ts";
import type { Entity } from "../build/entity.ts";
import { nameTree } from "../build/exact.ts";
import { addEntry, addItem, type EditedFile, isInside, replaceValue } from "./splice.ts";
import { list, type Mapping, mapping, type Tree } from "../../kinds/value_tree.ts";

/** Where things can be put. */
export interface Target {
  readonly documents: readonly SourceDocument[];
  readonly fileOf: (name: string) => EditedFile;
  /** The declaration of an entity, by address. */
  readonly declared: (address: string) => Declaration | undefined;
}

/** An entity without what the files declare already, at whatever depth. */
export function pruned(
  placed: Placed,
  children: ReadonlyMap<Placed, readonly Placed[]>,
  target: Target,
): Entity {
  const left = (children.get(placed) ?? []).filter(({ address }) => target.declared(address) === undefined);
  return { ...placed.entity, children: left.map((one) => pruned(one, children, target)) };
}

/** Adds new entities that have one parent; gives those for which there is no place. */
export function addEntities(
  group: readonly { readonly placed: Placed; readonly entity: Entity }[],
  target: Target,
): readonly { readonly placed: Placed; readonly entity: Entity }[] {
  const parent = group[0]?.placed.parent;
  const above = parent === undefined ? undefined : target.declared(parent.address);
  const left: (typeof group)[number][] = [];
  const states = group.filter(({ entity }) => entity.environment !== undefined);
  if (states.length > 0 && above !== undefined) {
    appendAll(left, addStates(states, above, target));
  }
  const others = group.filter(({ entity }) => entity.environment === undefined);
  for (const [key, items] of Map.groupBy(others, ({ entity }) => keyOf(entity))) {
    const isDone = addToParent(key, items.map(({ entity }) => entity), above, target) ||
      addToList(items, above, target);
    if (!isDone) appendAll(left, items);
  }
  return left;
}

function keyOf({ kind }: Entity): string {
  return ALL_SPECS[kind].nested ?? ALL_SPECS[kind].list ?? kind;
}

/** Adds items to a list of their parent, which is made where there is none and where no list of siblings is elsewhere. */
function addToParent(
  key: string,
  entities: readonly Entity[],
  parent: Declaration | undefined,
  target: Target,
): boolean {
  const [first] = entities;
  if (parent === undefined || first === undefined || ALL_SPECS[first.kind].nested === undefined) return false;
  const file = target.fileOf(parent.node.span.file.name);
  const trees = entities.map((entity) => entityTree(entity));
  const entry = parent.node.entries.find((e) => e.key === key);
  if (entry !== undefined && !isInside(entry, parent.node)) return false;
  if (ALL_SPECS[first.kind].single === true) {
    const [only] = trees;
    if (only === undefined || only.entries.length === 0) return true;
    return entry === undefined
      ? addEntry(file, parent.node, key, only)
      : replaceValue(file, entry, only, parent.node);
  }
  if (entry?.value.kind === "sequence" && entry.value.items.length > 0) {
    const { value } = entry;
    return trees.every((tree) => addItem(file, value, tree));
  }
  if (entry !== undefined) return replaceValue(file, entry, list(trees), parent.node);
  if (first.kind === PART || rootLists(first, target).some((at) => holds(at, parent))) return false;
  return addEntry(file, parent.node, key, list(trees));
}

interface RootList {
  readonly document: SourceDocument;
  readonly items: SequenceNode;
}

function rootLists({ kind }: Entity, { documents }: Target): readonly RootList[] {
  const key = ALL_SPECS[kind].list ?? "";
  return documents.flatMap((document) => {
    const items = child(document.root, key);
    return items?.kind === "sequence" && items.items.length > 0 ? [{ document, items }] : [];
  });
}

/** True when an item of the list names the parent. */
function holds({ items }: RootList, parent: Declaration): boolean {
  return items.items.some((item) => {
    const name = child(item, parent.kind);
    return name?.kind === "scalar" && name.text === parent.name;
  });
}

/** Adds items of one parent to a top-level list of their kind, with the names of what they belong to; false where there is none. */
function addToList(
  group: readonly { readonly placed: Placed; readonly entity: Entity }[],
  above: Declaration | undefined,
  target: Target,
): boolean {
  const [first] = group;
  if (first === undefined) return true;
  const lists = rootLists(first.entity, target);
  const best = (above === undefined ? undefined : lists.find((at) => holds(at, above))) ?? lists.at(-1);
  if (best === undefined) return false;
  const { document: { file: { name } }, items } = best;
  const file = target.fileOf(name);
  const qualified = asSiblings(items);
  return group.every(({ placed, entity }) =>
    addItem(file, items, withParents(placed, entityTree(entity), qualified))
  );
}

/** True when items of the list name the organisation of their project; the others rely on the project's name alone. */
function asSiblings({ items }: SequenceNode): boolean {
  return items.some((item) => child(item, ROOT) !== undefined);
}

/** An item of a top-level list: its first field, then what it belongs to, then the rest. */
export function withParents({ entity, parent }: Placed, tree: Mapping, qualified: boolean): Mapping {
  const names = new Map<string, Tree>();
  for (let at = parent; at !== undefined; at = at.parent) {
    const isNeeded = at === parent || at.entity.kind !== ROOT || qualified;
    if (isNeeded && ancestorsOf(entity.kind).includes(at.entity.kind)) {
      names.set(at.entity.kind, nameTree(at.entity.kind, at.entity.name));
    }
  }
  const [first, ...rest] = tree.entries;
  return mapping([...(first === undefined ? [] : [first]), ...names, ...rest]);
}

/** Adds states and overrides of a feature that the files declare. */
function addStates(
  group: readonly { readonly placed: Placed; readonly entity: Entity }[],
  feature: Declaration,
  target: Target,
): readonly { readonly placed: Placed; readonly entity: Entity }[] {
  const file = target.fileOf(feature.node.span.file.name);
  const said = group.filter(({ entity }) =>
    ALL_KINDS[entity.kind].alwaysExists !== true || entityTree(entity).entries.length > 0
  );
  const inLists = said.filter(({ placed, entity }) => !addBesideSibling(placed, entity, feature, target));
  if (inLists.length === 0) return [];
  const entry = feature.node.entries.find((e) => e.key === "environments");
  if (entry !== undefined && !isInside(entry, feature.node)) return inLists;
  if (entry === undefined || entry.value.kind === "scalar") {
    const tree = statesTree(inLists.map(({ entity }) => entity), "minimal");
    if (tree === undefined) return [];
    const done = entry === undefined
      ? addEntry(file, feature.node, "environments", tree)
      : replaceValue(file, entry, tree, feature.node);
    return done ? [] : inLists;
  }
  return [...Map.groupBy(inLists, ({ entity }) => entity.environment ?? "")].flatMap((
    [environment, states],
  ) =>
    addToEnvironment(file, entry.value as MapNode | SequenceNode, environment, states.map((s) => s.entity))
      ? []
      : states
  );
}

function addToEnvironment(
  file: EditedFile,
  environments: MapNode | SequenceNode,
  environment: string,
  states: readonly Entity[],
): boolean {
  const tree = statesTree(states, "minimal");
  const whole = tree?.kind === "mapping"
    ? tree.entries[0]?.[1]
    : tree?.kind === "list"
    ? tree.items[0]
    : undefined;
  if (whole?.kind !== "mapping") return true;
  const body = mapping(whole.entries.filter(([key]) => key !== "name"));
  if (environments.kind === "sequence") {
    const item = environments.items.find((one) => {
      const name = child(one, "name");
      return name?.kind === "scalar" && name.text === environment;
    });
    return item?.kind === "map" ? addToBody(file, item, body) : addItem(
      file,
      environments,
      mapping([["name", nameTree(environmentSpec.name, environment)], ...body.entries]),
    );
  }
  const entry = environments.entries.find((e) => e.key === environment);
  if (entry === undefined) return canBeKey(environment) && addEntry(file, environments, environment, body);
  if (!isInside(entry, environments)) return false;
  return entry.value.kind === "map"
    ? addToBody(file, entry.value, body)
    : replaceValue(file, entry, body, environments);
}

/** Adds all of a state's entries, or none where one of them has no place. */
function addToBody(file: EditedFile, node: MapNode, body: Mapping): boolean {
  const attempt: EditedFile = { ...file, edits: [] };
  const isDone = body.entries.every(([key, value]) => {
    const entry = node.entries.find((e) => e.key === key);
    if (entry === undefined) return addEntry(attempt, node, key, value);
    if (!isInside(entry, node)) return false;
    const items = entry.value;
    if (items.kind !== "sequence" || value.kind !== "list" || items.items.length === 0) {
      return replaceValue(attempt, entry, value, node);
    }
    return value.items.every((item) => addItem(attempt, items, item));
  });
  if (isDone) appendAll(file.edits, attempt.edits);
  return isDone;
}

/** Overrides of one flag and environment belong into one list: that of a sibling, where it is a top-level one. */
function addBesideSibling(placed: Placed, entity: Entity, feature: Declaration, target: Target): boolean {
  const found = rootLists(entity, target).find(({ items }) =>
    items.items.some((item) => {
      const [owner, environment] = [child(item, feature.kind), child(item, environmentSpec.name)];
      return owner?.kind === "scalar" && owner.text.toLowerCase() === feature.name.toLowerCase() &&
        environment?.kind === "scalar" && environment.text === entity.environment;
    })
  );
  if (found === undefined) return false;
  const tree = entityTree(entity);
  const item = mapping([...tree.entries, [
    environmentSpec.name,
    nameTree(environmentSpec.name, entity.environment ?? ""),
  ]]);
  return addItem(
    target.fileOf(found.document.file.name),
    found.items,
    withParents(placed, item, asSiblings(found.items)),
  );
}
