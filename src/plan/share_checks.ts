/**
 * Shares of the options of flags: no state has more than 100 percent, whichever way they come together. Once one has, Flagsmith
 * cannot build the document of its environment any more. What counts is what the run leaves behind: live shares that stay,
 * those of options that it adds, and what files declare.
 */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isKind } from "../declarations/declaration.ts";
import { spanAt } from "../declarations/places.ts";
import { pythonSum } from "../flagsmith/python/sum.ts";
import type { Resource } from "../graph/resource.ts";
import { liveOptions, optionChanges } from "../kinds/feature/option_live_rows.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { featureStateSpec } from "../kinds/feature_state/spec.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import type { Surroundings } from "../snapshot/contents.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { type Decision, type Plan, title } from "./plan.ts";
import { keptShares, type Option, overlaid, reportSum, type Shares } from "./shares.ts";
import { settledContents } from "./settled.ts";
import { isStateKind } from "../kinds/state_kinds.ts";

/** Reports each state, of any kind and version, that would have more than 100 percent after the run. */
export function checkShares(
  plan: Plan,
  before: Surroundings,
  state: Snapshot,
  diagnostics: Diagnostics,
): void {
  const contents = settledContents(before, plan);
  const decisions = new Map(plan.decisions.map((decision) => [decision.resource, decision]));
  const liveId = (resource: Resource | undefined): number | undefined => {
    const id = resource === undefined ? undefined : state.live.get(resource.index)?.[0]?.id;
    return typeof id === "number" ? id : undefined;
  };
  const options = new Map<Resource, readonly Option[]>();
  const optionsOf = (feature: Resource, live: readonly Option[]): readonly Option[] => {
    const known = options.get(feature) ?? featureOptions(feature, decisions.get(feature), live);
    options.set(feature, known);
    return known;
  };
  const decided = new Set<number>();
  for (const decision of plan.decisions) {
    const { action, resource } = decision;
    const feature = resource.parent;
    if (!isStateKind(resource.kind) || feature === undefined) continue;
    if (action !== "create" && action !== "update") continue;
    const extra = action === "update" ? stateExtra(decision.live) : undefined;
    const id = liveId(feature);
    const former = extra === undefined && id !== undefined ? contents.options.get(id) ?? [] : [];
    const after = optionsOf(feature, [
      ...(extra?.options ?? []).map((o) => liveOption(o.id, o.key, 0)),
      ...former.map((o) => liveOption(o.id, o.key, o.percentage)),
    ]);
    const isDefault = resource.kind === featureStateSpec.name;
    const before = extra !== undefined
      ? new Map(extra.allocations.map((a) => [
        String(a["multivariate_feature_option_id"]),
        Number(a["percentage_allocation"]),
      ]))
      : isDefault
      ? newState(feature, after, contents, id)
      : new Map<string, number>();
    if (action === "update") decided.add(Number(decision.live.id));
    const kept = keptShares(before, after, isDefault);
    reportSum(resource, overlaid(kept, resource, after), pythonSum(before.values()), diagnostics);
  }
  for (const decision of plan.decisions) {
    if (decision.resource.kind === featureSpec.name) {
      checkFeature(decision, contents, decided, diagnostics);
    } else if (decision.resource.kind === environmentSpec.name && decision.action === "create") {
      checkEnvironment(decision.resource, plan, contents, liveId, diagnostics);
    }
  }
}

/** What a state that comes with its feature or environment begins with. */
function newState(
  feature: Resource,
  options: readonly Option[],
  contents: Surroundings,
  id: number | undefined,
): Shares {
  const live = id === undefined ? undefined : liveFeatures(contents).find((f) => f.id === id);
  return live === undefined
    ? new Map(
      feature.declaration === undefined && id === undefined ? [] : options.map((o) => [o.id, o.share]),
    )
    : new Map(live.options.map((o) => [String(o.id), o.percentage]));
}

function liveFeatures({ projects }: Surroundings) {
  return [...projects.values()].flatMap(({ features }) => features);
}

function liveOption(id: number, key: string | null, share: number): Option {
  return { id: String(id), key, share, added: false };
}

/** The options of a feature after the run, in order. */
function featureOptions(
  { declaration }: Resource,
  decision: Decision | undefined,
  live: readonly Option[],
): readonly Option[] {
  if (declaration === undefined || !isKind(declaration, featureSpec.name)) return live;
  if (decision?.action !== "create" && decision?.action !== "update") return live;
  const rows = decision.action === "update" ? liveOptions(decision.live.extra) : [];
  const changes = optionChanges(declaration.fields.multivariate_options, rows);
  const kept = rows.flatMap((row) => {
    const change = changes.find((c) => c.action !== "add" && c.live === row);
    if (change?.action === "remove") return [];
    const now = change?.action === "change" ? { ...row, ...change.after } : row;
    const { id, key, default_percentage_allocation: share } = now;
    return [liveOption(Number(id), typeof key === "string" ? key : null, Number(share))];
  });
  const added = changes.flatMap((c) => (c.action === "add" ? [c.option] : []));
  return [
    ...kept,
    ...added.map((o, at) => ({
      id: `new ${at}`,
      key: o.key ?? null,
      share: o.percentage_allocation ?? 100,
      added: true,
    })),
  ];
}

/** New options get their share in each default state of a live feature, and the shares of all options begin new states. */
function checkFeature(
  decision: Decision,
  { details }: Surroundings,
  decided: ReadonlySet<number>,
  diagnostics: Diagnostics,
): void {
  const { resource, action } = decision;
  const { declaration } = resource;
  if (action !== "update" || declaration === undefined || !isKind(declaration, featureSpec.name)) return;
  const rows = liveOptions(decision.live.extra);
  const changes = optionChanges(declaration.fields.multivariate_options, rows);
  if (changes.length === 0) return;
  const options = featureOptions(resource, decision, []);
  const place = spanAt(declaration.node, ["multivariate_options"]);
  if (diagnostics.hasErrorIn(place)) return;
  const sum = pythonSum(options.map(({ share }) => share));
  if (sum > 100 && sum > pythonSum(rows.map((row) => Number(row["default_percentage_allocation"])))) {
    diagnostics.add(
      "FP112",
      place,
      `The options of feature "${resource.name}" would be allocated ${sum} percent, with those that stay`,
      "Each new environment would begin with them; declare the options that stay as well",
    );
    return;
  }
  if (!options.some(({ added, share }) => added && share > 0)) return;
  for (const one of details.defaultShares.get(Number(decision.live.id)) ?? []) {
    if (decided.has(one.state)) continue;
    const before = new Map(one.shares.map(([option, share]) => [String(option), share]));
    const after = pythonSum(keptShares(before, options, true).values());
    if (after <= 100 || after <= pythonSum(before.values())) continue;
    diagnostics.add(
      "FP112",
      place,
      `A new option would bring the state of feature "${resource.name}" in environment "${one.environment}" to ${after} percent`,
      "Give the new option percentage_allocation: 0, or declare smaller shares of the others in that environment",
    );
    return;
  }
}

/** A new environment begins with the shares of the live features' options. */
function checkEnvironment(
  resource: Resource,
  plan: Plan,
  contents: Surroundings,
  liveId: (resource: Resource | undefined) => number | undefined,
  diagnostics: Diagnostics,
): void {
  const project = liveId(resource.parent);
  if (project === undefined || diagnostics.hasErrorIn(resource.span)) return;
  const declared = new Set(
    plan.decisions.filter((d) =>
      d.action === "create" && d.resource.kind === featureStateSpec.name &&
      d.resource.references.get(environmentSpec.name) === resource
    ).map((d) => liveId(d.resource.parent)),
  );
  const added = new Map(
    plan.decisions.flatMap((d) =>
      d.action === "update" && d.resource.kind === featureSpec.name
        ? [[Number(d.live.id), featureOptions(d.resource, d, []).filter((option) => option.added)] as const]
        : []
    ),
  );
  for (const { id, options } of contents.projects.get(project)?.features ?? []) {
    const sum = pythonSum([
      ...options.map(({ percentage }) => percentage),
      ...(added.get(id) ?? []).map(({ share }) => share),
    ]);
    // What a file declares of the state is looked at with the state.
    if (sum <= 100 || declared.has(id)) continue;
    diagnostics.add(
      "FP112",
      resource.span,
      `${title(resource)} would begin with ${sum} percent for a live feature (features_feature ${id})`,
      "Correct the shares of its options first",
    );
    return;
  }
}
