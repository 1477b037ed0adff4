/** Makes what a file says of an entity what the database has; what says the same already stays as it is written. */
import { inOrderOfFile } from "./option_order.ts";
import { isNull } from "../build/document.ts";
import { isWrittenNull } from "../../kinds/fields.ts";
import { appendAll } from "../../diagnostics/append_all.ts";
import type { Declaration } from "../../declarations/declaration.ts";
import type { Content } from "../../kinds/kind.ts";
import { ALL_SPECS, namingFields } from "../../kinds/specs.ts";
import { canonical } from "../../log/content_hash.ts";
import { child, type MapEntry, type MapNode, type Node } from "../../source/node.ts";
import type { Entity, Field } from "../build/entity.ts";
import { addEntry, type EditedFile, isInside, replaceValue } from "./splice.ts";
import { conformList, says } from "./update_list.ts";
import { list, mapping, type Tree } from "../../kinds/value_tree.ts";

/** What came of one field. */
export type Outcome = "same" | "changed" | Unchanged;

/** Why a field that differs is left: its value depends on a variable that is not set, it would have to be unset, or its place. */
export type Unchanged = "unknown" | "unset" | "place";

/** Told of each field that is not the same. */
export type Tell = (field: string, outcome: Unchanged, entry: MapEntry | undefined) => void;

/**
 * Compares the fields that the file declares, and those that it would have to, with the live ones; gives how many changed.
 * `live` is the same entity as the export declares it in full.
 */
export function updateFields(
  file: EditedFile,
  declaration: Declaration,
  live: Declaration,
  entity: Entity,
  optionKeys: readonly (string | null)[],
  tell: Tell,
): number {
  const spec = ALL_SPECS[declaration.kind];
  const [said, wanted] = [spec.content(declaration.fields), spec.content(live.fields)];
  const missing: Field[] = [];
  let changed = 0;
  for (const field of entity.fields) {
    const name = field.path.at(-1) ?? "";
    if (field.path.length === 1 && isIdentity(declaration, name)) continue;
    const place = entryOf(declaration.node, field);
    if (place === undefined) {
      const isSaid = !field.implied && field.value.kind !== "variable" && !isChosen(declaration, name);
      if (isSaid) missing.push(field);
      continue;
    }
    const outcome = conformField(file, place, field, said[name], wanted[name], optionKeys);
    if (outcome === "changed") changed++;
    else if (outcome !== "same") tell(field.path.join("."), outcome, place.entry);
  }
  return changed + addMissing(file, declaration.node, missing, tell);
}

/** True for a key that is made where nobody chooses one, so that a file need not have it. */
function isChosen({ kind }: Declaration, name: string): boolean {
  return (ALL_SPECS[kind].unique ?? []).some(({ field, rotated }) => field === name && rotated !== undefined);
}

function isIdentity({ kind }: Declaration, name: string): boolean {
  return namingFields(kind).includes(name);
}

interface Place {
  readonly map: MapNode;
  readonly entry: MapEntry;
  /** False when the mapping around it stands at an anchor, so that a change would change something else, too. */
  readonly own: boolean;
}

/** The entry of a field; the description of an environment may also stand among its settings. */
function entryOf(
  node: MapNode,
  { path, nullable }: Pick<Field, "path" | "nullable">,
): Place | undefined {
  const [key = "", ...rest] = path;
  const entry = node.entries.find((e) => e.key === key);
  if (entry === undefined) return key === "description" ? settingOf(node, "description") : undefined;
  const own = isInside(entry, node);
  if (rest.length === 0) {
    const isDeclared = !isUnset(entry.value) || (nullable === true && isWrittenNull(entry.value));
    return isDeclared ? { map: node, entry, own } : undefined;
  }
  const below = entry.value.kind === "map" ? entryOf(entry.value, { path: rest }) : undefined;
  return below === undefined ? undefined : { ...below, own: own && below.own };
}

function settingOf(node: MapNode, key: string): Place | undefined {
  const settings = child(node, "settings");
  return settings?.kind === "map" && child(settings, key) !== undefined
    ? entryOf(settings, { path: [key] })
    : undefined;
}

function isUnset(node: Node): boolean {
  return node.kind === "scalar" && node.value === null && !node.interpolated;
}

function conformField(
  file: EditedFile,
  { map, entry, own }: Place,
  exported: Field,
  said: Content | undefined,
  wanted: Content | undefined,
  optionKeys: readonly (string | null)[],
): Outcome {
  if (exported.value.kind === "variable") return "same";
  const name = exported.path.at(-1) ?? "";
  const field = name === "multivariate_options" ? inOrderOfFile(exported, entry.value) : exported;
  const isSame = name === "multivariate"
    ? sameShares(said, wanted, field, optionKeys)
    : canonical(said ?? null) === canonical(wanted ?? null);
  if (isSame) return "same";
  if (hasStandIn(entry.value)) return "unknown";
  if (isNull(field.value) && field.nullable !== true) return "unset";
  if (!own) return "place";
  if (name === "traits") return conformTraits(file, entry, field, said, wanted);
  const full = name === "multivariate" ? sharesToSay(field, said, optionKeys) : field.full ?? field.value;
  const value = name === "multivariate" ? full : field.value;
  if (full.kind !== "list" && full.kind !== "mapping" && says(entry.value, full, true)) return "same";
  if (entry.value.kind === "sequence" && value.kind === "list") {
    const attempt: EditedFile = { ...file, edits: [] };
    if (conformList(attempt, entry.value, value, full, { name, optionKeys })) {
      appendAll(file.edits, attempt.edits);
      return attempt.edits.length > 0 ? "changed" : "same";
    }
  }
  return outcomeOf(replaceValue(file, entry, keepVariables(value, entry.value), map));
}

function outcomeOf(done: boolean): Outcome {
  return done ? "changed" : "place";
}

/** True for a value that depends on a variable that is not set, or that must not be looked at. */
function hasStandIn(node: Node): boolean {
  if (node.kind === "scalar") return node.mocked || node.secret;
  if (node.kind === "sequence") return node.items.some(hasStandIn);
  return node.entries.some(({ value }) => hasStandIn(value));
}

/** Traits merge: those that the file does not name are added, and none is removed; all that differ change, or none. */
function conformTraits(
  file: EditedFile,
  entry: MapEntry,
  field: Field,
  said: Content | undefined,
  wanted: Content | undefined,
): Outcome {
  const { value } = entry;
  if (value.kind !== "map" || field.value.kind !== "mapping") return "place";
  const at = (content: Content | undefined, key: string): Content =>
    new Map<string, Content>(Object.entries(Object(content))).get(key) ?? null;
  const differing = field.value.entries.filter(([key]) =>
    value.entries.every((e) => e.key !== key) || canonical(at(said, key)) !== canonical(at(wanted, key))
  );
  const attempt: EditedFile = { ...file, edits: [] };
  const isDone = differing.every(([key, tree]) => {
    const own = value.entries.find((e) => e.key === key);
    return own === undefined ? addEntry(attempt, value, key, tree) : replaceValue(attempt, own, tree, value);
  });
  if (isDone) appendAll(file.edits, attempt.edits);
  return differing.length === 0 ? "same" : outcomeOf(isDone);
}

/** Items of a rewritten list that are variables in the file and hold the wanted text stay variables. */
function keepVariables(tree: Tree, node: Node): Tree {
  if (tree.kind !== "list" || node.kind !== "sequence") return tree;
  return list(tree.items.map((item) => {
    const written = node.items.find((n) =>
      n.kind === "scalar" && item.kind === "text" && n.text === item.text
    );
    if (written?.kind !== "scalar" || !written.interpolated) return item;
    const source = written.span.file.text.slice(written.span.start, written.span.end);
    const name = /^(['"]?)\$\{([\w:.@-]+)\}\1$/.exec(source)?.[2];
    return name === undefined ? item : { kind: "variable", name };
  }));
}

type Shares = ReadonlyMap<string, number>;

/** Option, by its key where it has one, → percentage. */
function sharesIn(content: Content | undefined, optionKeys: readonly (string | null)[]): Shares {
  return new Map(
    (Array.isArray(content) ? content : []).map((item: unknown): [string, number] => {
      const option = String(Reflect.get(Object(item), "option"));
      const at = Number(option) - 1;
      const key = optionKeys.includes(option) ? option : optionKeys[at] ?? option;
      return [key, Number(Reflect.get(Object(item), "percentage_allocation"))];
    }),
  );
}

function namesIn(tree: Tree, optionKeys: readonly (string | null)[]): readonly string[] {
  if (tree.kind !== "list") return [];
  return tree.items.flatMap((item) => {
    const option = item.kind === "mapping" ? new Map(item.entries).get("option") : undefined;
    if (option?.kind === "text") return [option.text];
    return option?.kind === "plain" ? [optionKeys[Number(option.source) - 1] ?? option.source] : [];
  });
}

/** True when each share that the file gives is the live one, and it gives all that have to be said. */
function sameShares(
  said: Content | undefined,
  wanted: Content | undefined,
  field: Field,
  optionKeys: readonly (string | null)[],
): boolean {
  const [own, live] = [sharesIn(said, optionKeys), sharesIn(wanted, optionKeys)];
  return [...own].every(([option, share]) => live.get(option) === share) &&
    namesIn(field.value, optionKeys).every((option) => own.has(option));
}

/** The shares to write: those that have to be said, and those that the file names already. */
function sharesToSay(field: Field, said: Content | undefined, optionKeys: readonly (string | null)[]): Tree {
  const own = sharesIn(said, optionKeys);
  const full = field.full ?? field.value;
  const needed = new Set(namesIn(field.value, optionKeys));
  if (full.kind !== "list") return field.value;
  return list(
    full.items.filter((item) =>
      namesIn(list([item]), optionKeys).some((option) => needed.has(option) || own.has(option))
    ),
  );
}

/** Adds fields that the file lacks; those of one group, such as `settings`, together. */
function addMissing(file: EditedFile, node: MapNode, fields: readonly Field[], tell: Tell): number {
  let added = 0;
  for (const [key, group] of Map.groupBy(fields, ({ path }) => path[0] ?? "")) {
    const existing = node.entries.find((e) => e.key === key);
    const nested = group.filter(({ path }) => path.length > 1).map(({ path, value }): [string, Tree] => [
      path[1] ?? "",
      value,
    ]);
    const pairs: readonly [MapNode, string, Tree][] = nested.length === 0
      ? group.map(({ value }) => [node, key, value])
      : existing?.value.kind === "map" && isInside(existing, node)
      ? nested.map(([name, value]) => [existing.value as MapNode, name, value])
      : existing === undefined
      ? [[node, key, mapping(nested)]]
      : [];
    for (const [map, name, value] of pairs) {
      const own = map.entries.find((e) => e.key === name);
      const done = own === undefined ? addEntry(file, map, name, value) : replaceValue(file, own, value, map);
      if (done) added++;
      else tell(name, "place", own);
    }
    if (pairs.length === 0) tell(key, "place", existing);
  }
  return added;
}
