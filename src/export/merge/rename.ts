/**
 * Entities that the files know by another name than the database has: renamed in the dashboard since. Before anything is
 * merged the files get the new names, in every place that names such an entity, so that each finds its row. Pure.
 */
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { placeOf, type Span } from "../../diagnostics/source_file.ts";
import type { Declaration, ParentName } from "../../declarations/declaration.ts";
import { nodeAt } from "../../declarations/places.ts";
import { addressOf, type Graph, type Resource } from "../../graph/resource.ts";
import { ALL_SPECS, type KindName } from "../../kinds/specs.ts";
import { liveName, wantedKey } from "../../snapshot/renamed.ts";
import type { Snapshot } from "../../snapshot/state.ts";
import { placedEntities } from "../build/addresses.ts";
import { lower, titleOf } from "../build/context.ts";
import type { Export } from "../build/entity.ts";
import { nameTree } from "../build/exact.ts";
import type { Node } from "../../source/node.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { fitsFile, inOneLine, withExactTag } from "./splice.ts";

/** An entity with the name that it has in the database. */
export interface Renamed {
  readonly resource: Resource;
  readonly to: string;
}

/**
 * The declared entities of an export that are live under another name. Throws FP448 for one of which `renamed_from` says that it is still
 * to be renamed: file and database both have a name that somebody chose.
 */
export function renamedEntities(
  { resources }: Graph,
  { live, renaming }: Pick<Snapshot, "live" | "renaming">,
  exported: Export,
): readonly Renamed[] {
  const placed = new Set(
    placedEntities(exported).map(({ entity, parent }) =>
      placeName(entity.kind, entity.name, parent?.entity.name)
    ),
  );
  const nowOf = ({ kind, name, index }: Resource): string => {
    const row = live.get(index)?.[0]?.row;
    return (row === undefined ? undefined : liveName(kind, row)) ?? name;
  };
  return resources.flatMap((resource): readonly Renamed[] => {
    const { kind, name, index, declaration, parent } = resource;
    const to = nowOf(resource);
    const { key } = ALL_SPECS[kind];
    if (declaration === undefined || key(to) === key(name)) return [];
    if (!placed.has(placeName(kind, to, parent === undefined ? undefined : nowOf(parent)))) return [];
    if (renaming.has(index)) {
      throw refused(
        resource,
        to,
        `"renamed_from" says that it is to be renamed; apply that first, or remove it`,
      );
    }
    return [{ resource, to }];
  });
}

/** A text for a kind, a name and the name of what the entity belongs to; a project may be named without its organisation. */
function placeName(kind: KindName, name: string, parent: string | undefined): string {
  return JSON.stringify([
    kind,
    name,
    ALL_SPECS[kind].parent !== undefined && ALL_SPECS[ALL_SPECS[kind].parent].parent === undefined
      ? null
      : parent,
  ]);
}

/** New texts by name of the file. Throws FP448 for a name in a place that cannot be changed. */
export function renameInFiles(graph: Graph, renamed: readonly Renamed[]): ReadonlyMap<string, string> {
  const names = new Map(renamed.map((one) => [one.resource, one]));
  const edits = new Map<string, Map<string, { readonly span: Span; readonly edit: Edit }>>();
  /** Replaces a name of `target`, which may stand behind the name of its parent. */
  const replace = ({ target, span, said }: Naming): void => {
    const own = names.get(target);
    const above = target.parent === undefined ? undefined : names.get(target.parent);
    const changed = own ?? above;
    if (changed === undefined) return;
    const { key } = ALL_SPECS[target.kind];
    const wanted = key(said) === target.key || said === target.name
      ? own?.to ?? said
      : said === `${target.parent?.name}/${target.name}`
      ? `${above?.to ?? target.parent?.name}/${own?.to ?? target.name}`
      : undefined;
    if (wanted === said) return;
    const source = span.file.text.slice(span.start, span.end);
    if (wanted === undefined || !isWrittenOut(source)) {
      const place = placeOf(span);
      throw refused(changed.resource, changed.to, `its name at ${place} is not written as plain text`);
    }
    const { file: { name } } = span;
    const of = edits.get(name) ?? new Map();
    edits.set(name, of);
    const value = nameTree(target.kind, wanted);
    if (!fitsFile(name, value)) {
      const place = placeOf(span);
      throw refused(
        changed.resource,
        changed.to,
        `its name at ${place} is in a file of JSON, which has no tag for it`,
      );
    }
    const start = withExactTag(span.file.text, span.start);
    of.set(`${span.start}-${span.end}`, {
      span,
      edit: { start, end: span.end, text: inOneLine(value, name), depth: 0 },
    });
  };
  for (const resource of graph.resources) {
    const { declaration } = resource;
    if (declaration === undefined || declaration.implied === true) continue;
    for (const naming of namedBy(resource, declaration)) replace(naming);
  }
  for (const { targets, row } of graph.rows) {
    for (const target of targets.values()) {
      const own = ancestry(target).flatMap((one) => names.get(one) ?? [])[0];
      if (own !== undefined) {
        throw refused(own.resource, own.to, `!ref in "rows" at ${placeOf(row.span)} names it`);
      }
    }
  }
  return new Map(
    [...edits].map(([name, of]) => {
      const all = [...of.values()];
      return [name, applyEdits(all[0]?.span.file.text ?? "", all.map(({ edit }) => edit))];
    }),
  );
}

/** A place that names an entity. */
interface Naming {
  readonly target: Resource;
  readonly span: Span;
  /** The name that the place comes to. */
  readonly said: string;
}

/** Places that name an entity: itself, what it refers to, and what it belongs to. A condition on a flag is content. */
function namedBy(resource: Resource, declaration: Declaration): readonly Naming[] {
  const { kind, node, fields, parent } = declaration;
  const { identityField, namedBy = [], references, single } = ALL_SPECS[kind];
  const isNamed = single !== true && namedBy.length === 0 &&
    node.entries.some(({ key }) => key === identityField);
  const own = isNamed ? [naming(resource, nodeAt(node, [identityField]))] : [];
  const others = (references?.(fields) ?? []).flatMap(({ path, mention }) => {
    const target = mention === true ? undefined : resource.references.get(path.join("."));
    return target === undefined ? [] : [naming(target, nodeAt(node, path))];
  });
  const above = parent?.kind === "named" ? parent.names.flatMap((one) => parentOf(resource, one)) : [];
  return [...own, ...others, ...above];
}

function naming(target: Resource, node: Node): Naming {
  return { target, span: node.span, said: node.kind === "scalar" ? node.text : "" };
}

function parentOf(resource: Resource, { kind, span, name }: ParentName): readonly Naming[] {
  return ancestry(resource).slice(1).filter((one) => one.kind === kind).slice(0, 1).map((target) => ({
    target,
    span,
    said: name,
  }));
}

/** An entity and all that it belongs to, nearest first. */
function ancestry(resource: Resource): readonly Resource[] {
  return resource.parent === undefined ? [resource] : [resource, ...ancestry(resource.parent)];
}

/** False for what stands for a text that is written elsewhere, a variable or an anchor, and for a text of several lines. */
function isWrittenOut(source: string): boolean {
  return !source.replaceAll("$${", "").includes("${") && !/^[*!]|\n/.test(source);
}

/**
 * Throws FP448 unless the new graph declares and refers to the same entities as the old one, with the new names: a place that
 * was not understood would otherwise declare something twice.
 */
export function checkRenamed(before: Graph, after: Graph, renamed: readonly Renamed[]): void {
  const names = new Map(renamed.map(({ resource, to }) => [resource.index, to]));
  const wanted = addressesOf(before, names);
  const found = addressesOf(after, new Map());
  const [first] = renamed;
  const strange = [...wanted].find((address) => !found.has(address)) ??
    [...found].find((address) => !wanted.has(address));
  if (first === undefined || strange === undefined) return;
  throw refused(
    first.resource,
    first.to,
    `a place that names it cannot be changed alone (${strange.slice(2)})`,
  );
}

/** Every address, with a mark for what is declared. */
function addressesOf({ resources }: Graph, names: ReadonlyMap<number, string>): ReadonlySet<string> {
  const known = new Map<Resource, Resource>();
  const renamed = (resource: Resource): Resource => {
    const found = known.get(resource);
    if (found !== undefined) return found;
    const own = names.get(resource.index);
    const { key } = ALL_SPECS[resource.kind];
    const asked = own ?? wantedKey(resource, names);
    const made = {
      ...resource,
      key: ALL_SPECS[resource.kind].parts === undefined ? key(asked) : asked,
      parent: resource.parent === undefined ? undefined : renamed(resource.parent),
    };
    known.set(resource, made);
    return made;
  };
  return new Set(
    resources.map((resource) =>
      `${resource.declaration === undefined ? "-" : "+"} ${addressOf(renamed(resource))}`
    ),
  );
}

function refused({ kind, name, span }: Resource, to: string, why: string): ProvisionError {
  return new ProvisionError(
    "FP448",
    EXIT.failed,
    `The files cannot be merged: ${lower(titleOf(kind, name, ""))} at ${
      placeOf(span)
    } is "${to}" in the database, and ${why}`,
    "Nothing was written; give it one name in both, then export again",
  );
}
