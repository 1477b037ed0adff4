/** Conditions on flags (`$.flags.name.…`): whether the flags are there, and whether a flag would depend on itself. */
import { isBefore } from "../database/catalog.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { isKind } from "../declarations/declaration.ts";
import { spanAt } from "../declarations/places.ts";
import { circleOf } from "../flagsmith/flag_dependencies.ts";
import { FLAGS_IN_CONDITIONS } from "../flagsmith/releases.ts";
import { reportCircle } from "../graph/flag_circles.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { FLAG_REFERENCES } from "../flagsmith/models/projects.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { segmentSpec } from "../kinds/segment/spec.ts";
import { isSegmentOverride } from "../kinds/state_kinds.ts";
import { flagReferences } from "../kinds/segment/flag_references.ts";
import type { Snapshot } from "../snapshot/state.ts";
import type { Decision, Known } from "./plan.ts";

/**
 * Reports conditions of a segment that is written on flags which its project will not have. Flagsmith refuses them where it
 * keeps an index of them; before, it stored them, and they never matched before 2.269.0.
 */
export function checkFlagReferences(
  resource: Resource,
  state: Snapshot,
  known: Known,
  diagnostics: Diagnostics,
): void {
  const { declaration, parent } = resource;
  if (declaration === undefined || !isKind(declaration, segmentSpec.name) || resource.mentions.size === 0) {
    return;
  }
  const indexed = state.catalog.tables.has(FLAG_REFERENCES);
  for (const { flag, path } of flagReferences(declaration.fields)) {
    const span = spanAt(declaration.node, path);
    if (isBefore(state.catalog, FLAGS_IN_CONDITIONS)) {
      diagnostics.add(
        "FP152",
        span,
        `A condition on a flag never matches in this Flagsmith (${state.catalog.release})`,
        `Flagsmith looks at flags since ${FLAGS_IN_CONDITIONS}`,
      );
    }
    if (!indexed) continue;
    const target = resource.mentions.get(path.join("."));
    const name = target === undefined ? undefined : nameAfter(target, state, known);
    if (name === flag) continue;
    const names = state.names.get(featureSpec.name) ?? [];
    const at = { segment: resource.name, project: parent?.name ?? "" };
    const { code, message, hint } = unknownFlag(flag, span, at, name, names);
    diagnostics.add(code, span, message, hint);
  }
}

/** Where a condition stands. */
interface FlagPlace {
  readonly segment: string;
  readonly project: string;
}

/** A condition on a flag that a project does not have. */
export interface UnknownFlag extends FlagPlace {
  readonly code: "FP209";
  readonly span: Span;
  readonly message: string;
  readonly hint: string;
}

/** `called` is the name of the flag that differs in the case of letters only, `names` are those that may have been meant. */
function unknownFlag(
  flag: string,
  span: Span,
  { segment, project }: FlagPlace,
  called: string | undefined,
  names: readonly string[],
): UnknownFlag {
  return {
    segment,
    project,
    code: "FP209",
    span,
    message: `The condition asks for flag "${flag}", which project "${project}" does not have`,
    hint: called === undefined
      ? didYouMean(flag, names) ?? "Flagsmith refuses such a segment"
      : `It is called "${called}"; names of flags in conditions are compared letter by letter`,
  };
}

/** The conditions of declared segments on flags other than those that the projects have, by the names of projects. */
export function unknownFlags(
  graph: Graph,
  names: ReadonlyMap<string, readonly string[]>,
): readonly UnknownFlag[] {
  return graph.resources.flatMap(({ declaration, name: segment, parent }): readonly UnknownFlag[] => {
    if (declaration === undefined || !isKind(declaration, segmentSpec.name)) return [];
    const project = parent?.name ?? "";
    const known = names.get(project) ?? [];
    return flagReferences(declaration.fields).filter(({ flag }) => !known.includes(flag)).map((
      { flag, path },
    ) => {
      const called = known.find((name) => name.toLowerCase() === flag.toLowerCase());
      return unknownFlag(flag, spanAt(declaration.node, path), { segment, project }, called, known);
    });
  });
}

/** The name that a feature will have; undefined when it will not be there. */
function nameAfter(feature: Resource, state: Snapshot, known: Known): string | undefined {
  const decision = known.get(feature.index);
  if (decision?.action === "create") return feature.name;
  if (decision?.action === "delete") return undefined;
  const renamed = decision?.action === "update" ? decision.after["name"] : undefined;
  const name = renamed ?? state.live.get(feature.index)?.[0]?.row["name"];
  return typeof name === "string" ? name : undefined;
}

/** One override and what its segment asks for, by keys of flags. */
interface Dependency {
  readonly flag: string;
  readonly on: readonly string[];
  /** The resource that brings it, undefined for what is live and stays. */
  readonly by: Resource | undefined;
}

/** Reports overrides by which a flag would depend on itself after this run, live ones included, unless all are live. */
export function checkLiveFlagCircles(
  graph: Graph,
  decisions: Known,
  state: Snapshot,
  diagnostics: Diagnostics,
): void {
  if (!state.catalog.tables.has(FLAG_REFERENCES)) return;
  const keyOf = (resource: Resource): string => {
    const id = state.live.get(resource.index)?.[0]?.id;
    return id === undefined ? `new ${resource.index}` : `live ${id}`;
  };
  const names = new Map([
    ...state.flagDependencies.names,
    ...graph.resources.map((r) => [`${r.kind} ${keyOf(r)}`, r.name] as const),
  ]);
  const written = new Map<string, { readonly on: readonly string[]; readonly by: Resource }>();
  for (const [, decision] of decisions) {
    const { resource } = decision;
    if (resource.kind !== segmentSpec.name || !writesRules(decision)) continue;
    const on = decision.action === "delete" ? [] : [...resource.mentions.values()].map(keyOf);
    written.set(keyOf(resource), { on, by: resource });
  }
  const prerequisites = (segment: string): Pick<Dependency, "on" | "by"> =>
    written.get(segment) ??
      { on: state.flagDependencies.segments.get(segment) ?? [], by: undefined };
  const gone = new Set<string>();
  const byEnvironment = new Map<string, Dependency[]>();
  const add = (environment: string, dependency: Dependency): void => {
    byEnvironment.set(environment, [...byEnvironment.get(environment) ?? [], dependency]);
  };
  for (const [, { action, resource }] of decisions) {
    const { parent: feature, references } = resource;
    const [segment, environment] = [
      references.get(segmentSpec.name),
      references.get(environmentSpec.name),
    ];
    if (!isSegmentOverride(resource.kind) || feature === undefined) continue;
    if (segment === undefined || environment === undefined) continue;
    const place = [keyOf(environment), keyOf(feature), keyOf(segment)];
    if (action === "delete") gone.add(place.join());
    else if (action === "create") {
      add(place[0] ?? "", { flag: place[1] ?? "", ...prerequisites(place[2] ?? ""), by: resource });
    }
  }
  for (const [environment, feature, segment] of state.flagDependencies.overrides) {
    if (gone.has([environment, feature, segment].join())) continue;
    add(environment, { flag: feature, ...prerequisites(segment) });
  }
  for (const [environment, dependencies] of byEnvironment) {
    const edges = new Map<string, Set<string>>();
    for (const { flag, on } of dependencies) edges.set(flag, new Set([...edges.get(flag) ?? [], ...on]));
    const told = new Set<string>();
    for (const { flag, by } of dependencies) {
      if (by === undefined || told.has(flag) || diagnostics.hasErrorIn(by.span)) continue;
      const circle = circleOf(flag, edges);
      if (circle === undefined) continue;
      for (const member of circle) told.add(member);
      reportCircle(
        by.span,
        names.get(`${environmentSpec.name} ${environment}`) ?? "",
        circle.map((member) => names.get(`${featureSpec.name} ${member}`) ?? ""),
        diagnostics,
      );
    }
  }
}

function writesRules(decision: Decision): boolean {
  return decision.action === "create" || decision.action === "delete" ||
    (decision.action === "update" && "rules_data" in decision.after);
}
