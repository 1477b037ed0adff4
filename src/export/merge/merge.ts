/**
 * Brings the files of a directory up to date with the database. Edits are made in the texts: comments, order, anchors and
 * everything that says the same already, `${…}` included, stay as they are written.
 */
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { FORMAT_VERSION } from "../../declarations/read.ts";
import type { Graph } from "../../graph/resource.ts";
import { environmentSpec } from "../../kinds/environment/spec.ts";
import { ALL_KINDS, ALL_SPECS } from "../../kinds/specs.ts";
import { isSegmentOverride } from "../../kinds/state_kinds.ts";
import { PART } from "../kind_exports.ts";
import type { SourceDocument } from "../../source/node.ts";
import { addEntities, pruned, type Target, withParents } from "./add.ts";
import { declarationsByAddress, type Placed, placedEntities } from "../build/addresses.ts";
import { type Unchanged, updateFields } from "./update_fields.ts";
import { titleOf } from "../build/context.ts";
import { documentTree, entityTree } from "../build/document.ts";
import { applyEdits } from "./edits.ts";
import type { Entity, Export, Field } from "../build/entity.ts";
import { nameTree } from "../build/exact.ts";
import { checkReadable, isImplied, placeKey, warnMissingInDatabase } from "./checks.ts";
import { printDocument } from "../build/print.ts";
import { placesIn } from "./places.ts";
import { readBack } from "./read_back.ts";
import type { EditedFile } from "./splice.ts";
import { list, mapping, text, type Tree } from "../../kinds/value_tree.ts";

/** What is on disk. */
export interface MergeFiles {
  readonly documents: readonly SourceDocument[];
  readonly graph: Graph;
}

/** What the files become. */
export interface Merged {
  /** Name → new text, of files that change. */
  readonly changed: ReadonlyMap<string, string>;
  /** A document with everything that has no place in the files; undefined when there is none. */
  readonly rest: string | undefined;
  readonly updated: number;
  readonly added: number;
  /** Variables of secrets that are named by what was added, in the order of the export. */
  readonly variables: readonly string[];
}

const REASONS: Readonly<Record<Unchanged, string>> = {
  unknown: "it comes from a variable that is not set here, or from a secret",
  unset: "there it is unset, which the format cannot express",
  place: "it is shared by an alias and its anchor, so it cannot be changed alone",
};

/** Plans the merge; `live` is the export with what files cannot hold, of which the files stay as they are. What cannot be merged is in `diagnostics` afterwards; throws when the result could not be read. */
export function mergeExport(
  exported: Export,
  live: Export,
  files: MergeFiles,
  onlyProject: boolean,
  diagnostics: Diagnostics,
): Merged {
  const placed = placedEntities(exported);
  const names = new Set(exported.projects.map(({ name }) => name));
  const declared = declarationsByAddress(files.graph, exported.organisation.name, names);
  const full = readBack(new Map([["<export>", printDocument(documentTree(exported, "full"))]]), false);
  const wholly = declarationsByAddress(full.graph, exported.organisation.name, names);
  const edited = new Map<string, EditedFile>();
  const fileOf = (name: string): EditedFile => {
    const document = files.documents.find(({ file }) => file.name === name);
    if (document === undefined) throw new TypeError("Cannot edit a file that was not read");
    const { file: { text }, shared } = document;
    const known = edited.get(name) ?? { name, text, shared, places: placesIn(text), edits: [] };
    edited.set(name, known);
    return known;
  };
  const target: Target = {
    documents: files.documents,
    fileOf,
    declared: (address) => declared.get(address)?.declaration,
  };
  // A project is in a list of its own, also where its organisation is new.
  const nested = placed.filter(({ parent, entity }) => parent !== undefined && entity.kind !== PART);
  const children = Map.groupBy(nested, ({ parent }) => parent);
  const below = new Map(
    [...children].flatMap(([parent, list]) => (parent === undefined ? [] : [[parent, list]])),
  );

  let updated = 0;
  const meant = new Set<string>();
  const missing: Placed[] = [];
  for (const one of prioritised(placed, target)) {
    const found = declared.get(one.address);
    const wanted = wholly.get(one.address);
    if (found === undefined) {
      const isBelowMissing = one.entity.kind !== PART && one.parent !== undefined &&
        isMissing(one.parent, target);
      if (!isBelowMissing && one.entity.implied !== true) missing.push(one);
    } else if (wanted !== undefined && !isImplied(found.declaration)) {
      const changes = updateFields(
        fileOf(found.declaration.node.span.file.name),
        found.declaration,
        wanted.declaration,
        one.entity,
        optionKeys(one),
        (field, why, entry) =>
          diagnostics.add(
            "FP445",
            entry?.value.span ?? found.declaration.span,
            `"${field}" of ${title(one)} differs from the database and is left as it is: ${REASONS[why]}`,
          ),
      );
      updated += changes;
      if (changes > 0) meant.add(placeKey(found.declaration));
    }
  }
  const fresh = missing.map((one) => ({ placed: one, entity: pruned(one, below, target) })).filter(
    hasContent,
  );
  const rest = [...Map.groupBy(fresh, ({ placed: { parent } }) => parent)].flatMap(([, group]) =>
    addEntities(group, target)
  );
  warnMissingInDatabase(
    declared,
    new Set(placedEntities(live).map(({ address }) => address)),
    exported,
    onlyProject,
    diagnostics,
  );

  const changed = new Map(
    [...edited].filter(([, file]) => file.edits.length > 0).map((
      [name, file],
    ) => [name, applyEdits(file.text, file.edits)]),
  );
  const restText = rest.length === 0 ? undefined : restDocument(rest);
  checkReadable(files.documents, changed, restText, meant);
  const written = [...edited.values()].flatMap(({ edits }) => edits.map(({ text }) => text));
  const named = variablesIn([...written, restText ?? ""]);
  const variables = exported.variables.filter((name) => named.has(name));
  return { changed, rest: restText, updated, added: fresh.length, variables };
}

/** Names that are in `${…}`, which `$${…}` is not. */
function variablesIn(texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name = ""]) => name)),
  );
}

/** States and subscriptions that are as they always are need no item. */
function hasContent({ entity }: { readonly entity: Entity }): boolean {
  return ALL_KINDS[entity.kind].alwaysExists !== true || entityTree(entity).entries.length > 0;
}

function title({ entity, parent }: Placed): string {
  const where = parent === undefined
    ? ""
    : ` of ${ALL_SPECS[parent.entity.kind].label} "${parent.entity.name}"`;
  const name = titleOf(entity.kind, entity.name, where);
  return `${name[0]?.toLowerCase()}${name.slice(1)}`;
}

function isMissing(one: Placed, target: Target): boolean {
  return target.declared(one.address) === undefined;
}

function optionKeys({ entity, parent }: Placed): readonly (string | null)[] {
  if (entity.environment === undefined) return [];
  const options = parent?.entity.fields.find(({ path }) => path[0] === "multivariate_options")?.value;
  if (options?.kind !== "list") return [];
  return options.items.map((item) => {
    const key = item.kind === "mapping" ? new Map(item.entries).get("key") : undefined;
    return key?.kind === "text" ? key.text : null;
  });
}

/**
 * Segment overrides whose order in the files is not the order of their priorities, or that give priorities already, say
 * their priorities.
 */
function prioritised(placed: readonly Placed[], target: Target): readonly Placed[] {
  const isOverride = ({ entity }: Placed): boolean => isSegmentOverride(entity.kind);
  const groups = Map.groupBy(
    placed.filter(isOverride),
    ({ parent, entity }) => `${parent?.address}\0${entity.environment}`,
  );
  const said = new Set<Placed>();
  for (const group of groups.values()) {
    const known = group.flatMap((one) => {
      const declaration = target.declared(one.address);
      return declaration === undefined ? [] : [{ one, declaration }];
    });
    if (known.length === 0) continue;
    const written = known.toSorted((a, b) => a.declaration.position - b.declaration.position).map(({ one }) =>
      one
    );
    const order = [...written, ...group.filter((one) => !written.includes(one))];
    const hasPriority = known.some(({ declaration }) =>
      declaration.node.entries.some(({ key }) => key === "priority")
    );
    // What shares its priority with another one can only be told by its place in the list.
    const isTied = new Set(group.map(priorityOf)).size < group.length;
    if (isTied || !(hasPriority || order.some((one, at) => one !== group[at]))) continue;
    for (const one of group) said.add(one);
  }
  return placed.map((one) => (said.has(one) ? { ...one, entity: sayPriority(one.entity) } : one));
}

function priorityOf({ entity }: Placed): string {
  return JSON.stringify(entity.fields.find(({ path }) => path[0] === "priority")?.value);
}

function sayPriority(entity: Entity): Entity {
  const fields = entity.fields.map((field): Field =>
    field.path[0] === "priority" ? { ...field, implied: false } : field
  );
  return { ...entity, fields };
}

/** A document of its own for what has no place in the files. */
function restDocument(rest: readonly { readonly placed: Placed; readonly entity: Entity }[]): string {
  const lists = Map.groupBy(rest, ({ entity }) => ALL_SPECS[entity.kind].list ?? "");
  const entries = [...lists].map(([key, items]): [string, Tree] => [
    key,
    list(items.map(({ placed, entity }) => {
      const environment: [string, Tree][] = entity.environment === undefined
        ? []
        : [[environmentSpec.name, nameTree(environmentSpec.name, entity.environment)]];
      return withParents(placed, mapping([...entityTree(entity).entries, ...environment]), true);
    })),
  ]);
  return printDocument(mapping([["version", text(FORMAT_VERSION)], ...entries]));
}
