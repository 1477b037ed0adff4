/** Leaves out of an export what `apply` would refuse, with what depends on it, so that the rest can be applied. */
import type { Diagnostic, Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { unknownFlags } from "../plan/flag_checks.ts";
import { featureState } from "../kinds/feature_state/index.ts";
import { ALL_SPECS, type KindName, namingFields } from "../kinds/specs.ts";
import type { MapEntry, Node } from "../source/node.ts";
import { lower, titleOf } from "./build/context.ts";
import { documentTree } from "./build/document.ts";
import type { Entity, Export, Field } from "./build/entity.ts";
import { featureNames } from "./build/feature_names.ts";
import { printDocument } from "./build/print.ts";
import { structures } from "../kinds/fields.ts";
import { mapping, type Tree } from "../kinds/value_tree.ts";
import { readBack } from "./merge/read_back.ts";

/** Each round removes something; what depends on what is no deeper than the kinds are. */
const ROUNDS = 100;

/** What is left out. */
interface Cut {
  readonly entities: Set<object>;
  readonly fields: Set<Field>;
  /** Of a field with entries that stand for themselves, as traits do, the keys of those. */
  readonly entries: Map<Field, Set<string>>;
}

/** One thing that is left out, and why. */
interface Omission {
  readonly entity: Entity;
  readonly what: string;
  readonly error: Refusal;
}

/** What `apply` says of a part of an export. */
type Refusal = Pick<Diagnostic, "code" | "span" | "message" | "hint">;

/**
 * The export without what the program's own checks find in it: the field where the rest of its entity can be applied
 * without it, and the entity otherwise. Each is reported (FP441) with the reason. What is part of nothing that could be
 * left out, such as the organisation itself, stays.
 */
export function withoutRefused(exported: Export, diagnostics: Diagnostics): Export {
  const flags = new Map(exported.projects.map((one) => [one.name, featureNames(one)]));
  let rest = exported;
  for (let round = 0; round < ROUNDS; round++) {
    const places = refused(rest, flags);
    if (places.length === 0) return rest;
    const above = placesOf(rest);
    const cut: Cut = { entities: new Set(), fields: new Set(), entries: new Map() };
    const omitted: Omission[] = [];
    let progress = false;
    for (const { error, place } of places) {
      const what = place === undefined ? undefined : leaveOut(place, above, rest.organisation, cut);
      if (what === undefined || place === undefined) continue;
      progress = true;
      const entity = above.get(place.owner)?.entity;
      if (what !== "" && entity !== undefined) omitted.push({ entity, what, error });
    }
    if (!progress) return rest;
    const needed = entitiesThatNeed(rest, cut, flags);
    for (const entity of needed) cut.entities.add(entity);
    const whole = new Set<Entity>();
    for (const { entity, what, error } of omitted) {
      const place = above.get(entity);
      if (!needed.has(entity) || place === undefined) report(what, error, diagnostics);
      else if (!whole.has(entity)) report(titleIn(place), error, diagnostics);
      whole.add(entity);
    }
    rest = withoutCut(rest, cut).rest;
  }
  return rest;
}

/** What `apply` would refuse of an export, and where that is. */
function refused(
  exported: Export,
  flags: ReadonlyMap<string, readonly string[]>,
): readonly { readonly error: Refusal; readonly place: Place | undefined }[] {
  const tree = documentTree(exported);
  const { graph, found, unreadable, documents } = readBack(
    new Map([["<export>", printDocument(tree)]]),
    true,
  );
  const unknown = unknownFlags(graph, flags);
  // A flag that is not there is not declared, too; what is meant is the condition.
  const orphans = new Set(unknown.map(({ span }) => span.start));
  // What cannot be read is missed by what refers to it, which may be complete once one value is gone.
  const errors: readonly Refusal[] = unreadable.length > 0 ? unreadable : [
    ...found.sorted().filter(({ severity, span }) =>
      severity === "error" && !(span !== undefined && orphans.has(span.start))
    ),
    // Older releases take such a condition; `checkExport()` tells it.
    ...exported.checksFlags ? unknown : [],
  ];
  const root = documents[0]?.root;
  return root === undefined ? [] : errors.map((error) => ({
    error,
    place: error.span === undefined ? undefined : placeAt(tree, root, error.span),
  }));
}

/** Entities that cannot be declared without a field that is to be left out. */
function entitiesThatNeed(
  exported: Export,
  cut: Cut,
  flags: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<Entity> {
  if (cut.fields.size === 0) return new Set();
  const { rest, origins } = withoutCut(exported, cut);
  const needing = refused(rest, flags).flatMap(({ place }): Entity[] => {
    const entity = place === undefined ? undefined : origins.get(place.owner);
    if (place === undefined || entity === undefined || entity === exported.organisation) return [];
    const isCut = entity.fields.some((field) => cut.fields.has(field));
    const [first] = place.path;
    return isCut && (first === undefined || namingFields(entity.kind).includes(String(first)))
      ? [entity]
      : [];
  });
  return new Set(needing);
}

function report(what: string, { code, message, hint }: Refusal, diagnostics: Diagnostics): void {
  diagnostics.add(
    "FP441",
    undefined,
    `${what} is left out, because apply would refuse it (${code}): ${message}`,
    hint,
  );
}

/** Where a finding is: the innermost entity, and the way from it. */
interface Place {
  readonly owner: object;
  readonly path: readonly (string | number)[];
}

function placeAt(tree: Tree, root: Node, { start }: Span): Place | undefined {
  let place: Place | undefined;
  let path: (string | number)[] = [];
  let at: Tree | undefined = tree;
  let node: Node | undefined = root;
  while (at !== undefined && node !== undefined) {
    if (at.kind === "mapping" && at.owner !== undefined) {
      path = [];
      place = { owner: at.owner, path };
    }
    if (at.kind === "mapping" && node.kind === "map") {
      const entry: MapEntry | undefined = node.entries.findLast(({ keySpan }) => keySpan.start <= start);
      // A key that cannot be used is in the tree and not among the nodes.
      const known = new Set(node.entries.map(({ key }) => key));
      const lost: readonly [string, Tree] | undefined = at.entries.find(([key]) => !known.has(key));
      const inside: boolean = entry !== undefined &&
        start < Math.max(entry.value.span.end, entry.keySpan.end);
      const key: string | undefined = inside && entry !== undefined ? entry.key : lost?.[0] ?? entry?.key;
      if (key === undefined) break;
      path.push(key);
      at = new Map(at.entries).get(key);
      node = node.entries.find((one) => one.key === key)?.value;
    } else if (at.kind === "list" && node.kind === "sequence") {
      const index = node.items.findLastIndex(({ span }) => span.start <= start);
      if (index < 0) break;
      path.push(index);
      at = at.items[index];
      node = node.items[index];
    } else break;
  }
  return place;
}

interface Above {
  readonly entity: Entity;
  readonly parent: Above | undefined;
}

function placesOf({ users, organisation, projects }: Export): ReadonlyMap<object, Above> {
  const found = new Map<object, Above>();
  const walk = (entity: Entity, parent: Above | undefined): void => {
    const above = { entity, parent };
    found.set(entity, above);
    for (const child of entity.children) walk(child, above);
  };
  for (const entity of [...users, organisation, ...projects]) walk(entity, undefined);
  return found;
}

/**
 * Cuts the smallest part that leaves the rest meaning what it meant, and names it: undefined where nothing can be cut, ""
 * where it is cut already.
 */
function leaveOut(
  { owner, path }: Place,
  places: ReadonlyMap<object, Above>,
  organisation: Entity,
  cut: Cut,
): string | undefined {
  const above = places.get(owner);
  if (above === undefined) return undefined;
  const { entity } = above;
  const [first, second] = path;
  const field = entity.fields.find(({ path: [key, below] }) =>
    key === first && (below === undefined || below === second)
  );
  const title = titleIn(above);
  // A list is left out as a whole: a shorter one would take the others away where the export is applied.
  if (field !== undefined && !namingFields(entity.kind).includes(String(first))) {
    const name = field.path.join(".");
    if (typeof second === "string" && hasEntries(entity.kind, field)) {
      const known = cut.entries.get(field) ?? new Set();
      if (known.has(second)) return "";
      cut.entries.set(field, known.add(second));
      return `"${name}.${second}" of ${lower(title)}`;
    }
    if (cut.fields.has(field)) return "";
    cut.fields.add(field);
    return `"${name}" of ${lower(title)}`;
  }
  if (field === undefined && first !== undefined) {
    const below = entity.children.filter(({ kind, environment }) =>
      environment === undefined ? ALL_SPECS[kind].nested === first : environment === second
    );
    if (below.length > 0) {
      for (const child of below) cut.entities.add(child);
      return `"${path.filter((one) => typeof one === "string").join(".")}" of ${lower(title)}`;
    }
  }
  if (entity === organisation) return undefined;
  if (cut.entities.has(entity)) return "";
  cut.entities.add(entity);
  return title;
}

function titleIn({ entity, parent }: Above): string {
  // What there is one of at most has no name, and is called like what it belongs to.
  if (ALL_SPECS[entity.kind].single === true && parent !== undefined) {
    return titleOf(entity.kind, parent.entity.name, whereOf(parent));
  }
  return titleOf(entity.kind, entity.name, whereOf({ entity, parent }));
}

/** Where an entity is, in words. */
function whereOf({ entity, parent }: Above): string {
  const around: string[] = entity.environment === undefined || ALL_SPECS[entity.kind] === featureState.spec
    ? []
    : [`environment "${entity.environment}"`];
  for (let at = parent; at !== undefined; at = at.parent) {
    around.push(`${ALL_SPECS[at.entity.kind].label} "${at.entity.name}"`);
  }
  return around.map((one, at) => ` ${at === 0 ? "in" : "of"} ${one}`).join("");
}

/** True for a field whose entries stand for themselves: those that a file does not name stay as they are. */
function hasEntries(kind: KindName, { path: [key = ""] }: Field): boolean {
  const structure = structures.get(ALL_SPECS[kind].schema);
  const field = structure?.kind === "mapping" ? structure.fields[key] : undefined;
  const own = field === undefined ? undefined : structures.get(field);
  return own?.kind === "optional" && structures.get(own.inner)?.kind === "record";
}

/** The export without what is cut, and which entity each of the rest was. */
function withoutCut(
  { users, organisation, projects, checksFlags }: Export,
  cut: Cut,
): { readonly rest: Export; readonly origins: ReadonlyMap<object, Entity> } {
  const origins = new Map<object, Entity>();
  const rebuilt = (entities: readonly Entity[]): readonly Entity[] =>
    entities.filter((entity) => !cut.entities.has(entity)).map((entity) => {
      const made = {
        ...entity,
        fields: entity.fields.filter((field) => !cut.fields.has(field)).map((field) => {
          const keys = cut.entries.get(field);
          return keys === undefined || field.value.kind !== "mapping"
            ? field
            : { ...field, value: mapping(field.value.entries.filter(([key]) => !keys.has(key))) };
        }),
        children: rebuilt(entity.children),
      };
      origins.set(made, entity);
      return made;
    });
  const [top = organisation] = rebuilt([organisation]);
  const rest = { users: rebuilt(users), organisation: top, projects: rebuilt(projects), checksFlags };
  const named = new Set<string>();
  const collect = (tree: Tree): void => {
    if (tree.kind === "variable") named.add(tree.name);
    else if (tree.kind === "list") tree.items.forEach(collect);
    else if (tree.kind === "mapping") { for (const [, value] of tree.entries) collect(value); }
  };
  const all = [...rest.users, rest.organisation, ...rest.projects];
  const walk = ({ fields, children }: Entity): void => {
    for (const { value } of fields) collect(value);
    children.forEach(walk);
  };
  all.forEach(walk);
  return { rest: { ...rest, variables: [...named] }, origins };
}
