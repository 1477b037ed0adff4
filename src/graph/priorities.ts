/**
 * The order of segment overrides has a meaning: the first that matches wins. Within one list it is the order written;
 * between lists nothing says which comes first, so that overrides of one flag from two lists need explicit priorities.
 */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf } from "../diagnostics/source_file.ts";
import { isKind } from "../declarations/declaration.ts";
import { isMocked } from "../declarations/mend.ts";
import { spanAt } from "../declarations/places.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { segmentOverrideSpec } from "../kinds/segment_override/spec.ts";
import { isSegmentOverride } from "../kinds/state_kinds.ts";
import type { Resource } from "./resource.ts";

/** Segment overrides by the flag and environment that they belong to. */
function groups(resources: readonly Resource[]): Iterable<readonly Resource[]> {
  const byPlace = new Map<Resource, Map<Resource | undefined, Resource[]>>();
  for (const resource of resources) {
    if (
      !isSegmentOverride(resource.kind) || resource.declaration === undefined ||
      resource.parent === undefined
    ) continue;
    const ofFeature = byPlace.get(resource.parent) ?? new Map<Resource | undefined, Resource[]>();
    byPlace.set(resource.parent, ofFeature);
    const environment = resource.references.get(environmentSpec.name);
    const group = ofFeature.get(environment) ?? [];
    ofFeature.set(environment, group);
    group.push(resource);
  }
  return [...byPlace.values()].flatMap((ofFeature) => [...ofFeature.values()]);
}

function hasPriority({ declaration }: Resource): boolean {
  return declaration !== undefined && isKind(declaration, segmentOverrideSpec.name) &&
    declaration.fields.priority !== undefined;
}

/** Reports overrides of one flag and environment that come from several lists without priorities. */
export function checkPriorities(resources: readonly Resource[], diagnostics: Diagnostics): void {
  for (const group of groups(resources)) {
    checkAlike(group, diagnostics);
    const [first, ...others] = group.filter((r) => !hasPriority(r)).sort((a, b) =>
      (a.declaration?.position ?? 0) - (b.declaration?.position ?? 0)
    );
    for (const other of others) {
      if (first === undefined || other.declaration?.list === first.declaration?.list) continue;
      diagnostics.add(
        "FP202",
        other.span,
        `The segment overrides of feature "${other.parent?.name}" in environment "${
          other.references.get(environmentSpec.name)?.name
        }" come from two lists, so their order is not known`,
        `Give each a "priority", or write them in one list. The other list is at ${placeOf(first.span)}`,
      );
    }
  }
}

/** Reports overrides of one flag and environment that give the same priority: nothing would say which wins. */
function checkAlike(group: readonly Resource[], diagnostics: Diagnostics): void {
  const holders = new Map<number, Resource>();
  for (const resource of group) {
    const { declaration } = resource;
    if (declaration === undefined || !isKind(declaration, segmentOverrideSpec.name)) continue;
    if (declaration.policy.ensure === "absent") continue;
    const { priority } = declaration.fields;
    if (priority === undefined || isMocked(declaration.node, ["priority"])) continue;
    const other = holders.get(priority);
    if (other === undefined) holders.set(priority, resource);
    else {
      diagnostics.add(
        "FP202",
        spanAt(declaration.node, ["priority"]),
        `Two segment overrides of feature "${resource.parent?.name}" in environment "${
          resource.references.get(environmentSpec.name)?.name
        }" have priority ${priority}`,
        `The other one is at ${placeOf(other.span)}`,
      );
    }
  }
}

/**
 * The overrides of each flag and environment that give no priority and are to exist, in the order written: this order is
 * content.
 */
export function writtenGroups(resources: readonly Resource[]): readonly (readonly Resource[])[] {
  return [...groups(resources)].map((group) =>
    group.filter((r) => !hasPriority(r) && r.declaration?.policy.ensure !== "absent").sort((a, b) =>
      (a.declaration?.position ?? 0) - (b.declaration?.position ?? 0)
    )
  );
}

/** The place of each override in its group of `writtenGroups`, from 0, by index. */
export function writtenRanks(resources: readonly Resource[]): ReadonlyMap<number, number> {
  return new Map(
    writtenGroups(resources).flatMap((group) =>
      group.map((resource, rank) => [resource.index, rank] as const)
    ),
  );
}

/** Gives the priority of a new override, when `next` is the first one behind those that are live at its flag. */
export type PlaceBehind = (next: number) => number;

/**
 * Where new overrides without a priority go: behind what is live, in the order written, and at no priority that another override
 * of the run gives. By index; `created` are those among `resources` that are not live yet.
 */
export function writtenPlaces(
  resources: readonly Resource[],
  created: readonly Resource[],
): ReadonlyMap<number, PlaceBehind> {
  const isNew = new Set(created);
  const places = new Map<number, PlaceBehind>();
  for (const group of groups(resources)) {
    const chosen = group.filter((r) => r.declaration?.policy.ensure !== "absent").flatMap((resource) => {
      const { declaration } = resource;
      const priority = declaration !== undefined && isKind(declaration, segmentOverrideSpec.name)
        ? declaration.fields.priority
        : undefined;
      return priority === undefined ? [] : [{ resource, priority }];
    });
    const taken = new Set(chosen.map(({ priority }) => priority));
    const [written = []] = writtenGroups(group.filter((r) => isNew.has(r)));
    for (const [rank, { index }] of written.entries()) {
      places.set(index, (next) => {
        // What is live makes room for one that comes between it, and passes over those of others: it ends that much further behind.
        const isMoved = chosen.some(({ resource, priority }) => isNew.has(resource) && priority < next);
        let place = isMoved ? next + chosen.length : next;
        for (let before = rank; taken.has(place) || before > 0; place++) if (!taken.has(place)) before--;
        return place;
      });
    }
  }
  return places;
}
