/** Overrides by which a flag would depend on itself, as far as the files alone show it. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { isKind } from "../declarations/declaration.ts";
import { circleOf } from "../flagsmith/flag_dependencies.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { segmentSpec } from "../kinds/segment/spec.ts";
import { segmentOverrideSpec } from "../kinds/segment_override/spec.ts";
import type { Resource } from "./resource.ts";

/** An override and the flags that its segment asks for. */
export interface Dependency {
  readonly override: Resource;
  readonly flag: Resource;
  readonly on: readonly Resource[];
}

/** The declared overrides for segments that ask for flags, by environment. */
export function dependenciesOf(
  resources: readonly Resource[],
): ReadonlyMap<Resource | undefined, readonly Dependency[]> {
  const all = resources.flatMap((override): readonly Dependency[] => {
    const { declaration, parent: flag, references } = override;
    if (flag === undefined || declaration === undefined || !isKind(declaration, segmentOverrideSpec.name)) {
      return [];
    }
    const on = [...references.get(segmentSpec.name)?.mentions.values() ?? []];
    return declaration.policy.ensure === "absent" || on.length === 0 ? [] : [{ override, flag, on }];
  });
  return Map.groupBy(all, ({ override }) => override.references.get(environmentSpec.name));
}

/** Reports declared overrides that make a flag depend on itself: Flagsmith refuses them, since nothing could evaluate it. */
export function checkFlagCircles(resources: readonly Resource[], diagnostics: Diagnostics): void {
  for (const group of dependenciesOf(resources).values()) {
    const edges = new Map<Resource, Set<Resource>>();
    for (const { flag, on } of group) edges.set(flag, new Set([...edges.get(flag) ?? [], ...on]));
    const told = new Set<Resource>();
    for (const { override, flag } of group) {
      const circle = told.has(flag) ? undefined : circleOf(flag, edges);
      if (circle === undefined) continue;
      for (const member of circle) told.add(member);
      const environment = override.references.get(environmentSpec.name)?.name ?? "";
      reportCircle(override.span, environment, circle.map(({ name }) => name), diagnostics);
    }
  }
}

/** Reports one circle of flags, the first of which is the last one, too. */
export function reportCircle(
  span: Span,
  environment: string,
  flags: readonly string[],
  diagnostics: Diagnostics,
): void {
  diagnostics.add(
    "FP210",
    span,
    `In environment "${environment}" flag "${flags[0] ?? ""}" would depend on itself: ${
      flags.map((flag) => `"${flag}"`).join(" → ")
    }`,
    "Each is overridden for a segment with a condition on the next; remove one of these overrides or conditions",
  );
}
