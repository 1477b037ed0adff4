/** Entities of an export and declarations of files by the same addresses, so that each finds the other. */
import { sourceFile } from "../../diagnostics/source_file.ts";
import type { Declaration } from "../../declarations/declaration.ts";
import { addressOf, type Graph, KEY_SEPARATOR, type Resource } from "../../graph/resource.ts";
import { ALL_SPECS } from "../../kinds/specs.ts";
import { PART } from "../kind_exports.ts";
import type { Entity, Export } from "./entity.ts";

/** An entity of the export with its place. */
export interface Placed {
  readonly entity: Entity;
  readonly address: string;
  readonly parent: Placed | undefined;
  /** The same as a resource, for its address. */
  readonly resource: Resource;
}

const NOWHERE = { file: sourceFile("", ""), start: 0, end: 0 };

/** Every entity of an export, parents first, in the order of the file. */
export function placedEntities({ users, organisation, projects }: Export): readonly Placed[] {
  const found: Placed[] = [];
  const place = (entity: Entity, parent: Placed | undefined): Placed => {
    const spec = ALL_SPECS[entity.kind];
    const key = entity.environment === undefined || spec.parts === undefined
      ? spec.key(entity.name)
      : [entity.environment, entity.name].join(KEY_SEPARATOR);
    const resource: Resource = {
      index: found.length,
      kind: entity.kind,
      name: entity.name,
      key,
      parent: parent?.resource,
      declaration: undefined,
      references: new Map(),
      mentions: new Map(),
      span: NOWHERE,
    };
    const placed = { entity, address: addressOf(resource), parent, resource };
    found.push(placed);
    for (const child of entity.children) place(child, placed);
    return placed;
  };
  for (const user of users) place(user, undefined);
  const above = place(organisation, undefined);
  for (const project of projects) place(project, above);
  return found;
}

/**
 * Declarations by address. A project that files name without its organisation is taken for the one of `organisation`
 * when that has a project of the name.
 */
export function declarationsByAddress(
  graph: Graph,
  organisation: string,
  projects: ReadonlySet<string>,
): ReadonlyMap<string, { readonly declaration: Declaration; readonly resource: Resource }> {
  const found = new Map<string, { declaration: Declaration; resource: Resource }>();
  for (const resource of graph.resources) {
    const { declaration } = resource;
    if (declaration === undefined) continue;
    const address = addressOf(
      resource,
      (top) => top.kind === PART && projects.has(top.name) ? [organisation, top.name] : undefined,
    );
    found.set(address, { declaration, resource });
  }
  return found;
}
