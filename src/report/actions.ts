/** What a plan does, line by line and counted: the same data for `plan`, dry runs and `apply`, as text and as JSON. Pure. */
import type { Resource } from "../graph/resource.ts";
import type { EntryCounts } from "../kinds/live.ts";
import { ALL_SPECS, KIND_NAMES } from "../kinds/specs.ts";
import type { FieldChange } from "../plan/field_change.ts";
import type { Decision, Plan, RowDecision, SkipReason } from "../plan/plan.ts";

/** What happens to an entity. */
export type Action = "created" | "updated" | "skipped" | "deleted";

/** How many entities had which fate. */
export type Summary = Readonly<Record<Action, number>>;

/** What an entity gains, keeps otherwise and loses of kinds without a line of their own. */
export interface PartChange {
  /** `members`. */
  readonly plural: string;
  /** Undefined for what there is one of at most. */
  readonly counts: EntryCounts | undefined;
}

/** One reported entity. */
export interface ReportedAction {
  readonly action: Action;
  /** The entity whose line it is. */
  readonly resource: Resource;
  /** Undefined for an entity that no file declares, and that has a line for its parts. */
  readonly decision: Decision | undefined;
  readonly changes: readonly FieldChange[];
  readonly parts: readonly PartChange[];
  /** The decisions that `parts` count. */
  readonly below: readonly Decision[];
  /** Why it is skipped. */
  readonly reason: SkipReason | undefined;
}

const EXISTS: SkipReason = { kind: "exists" };

/**
 * The entities with a line of their own, in the order of work; what belongs to a parent's line is among its parts. With
 * `verbose` parts have lines, too, but for those that are there already and stay as they are.
 */
export function reportedActions(decisions: readonly Decision[], verbose: boolean): readonly ReportedAction[] {
  const below = changedParts(decisions);
  const declared = new Set(decisions.map((d) => d.resource.index));
  const reported: ReportedAction[] = [];
  for (const decision of decisions) {
    const { resource, action } = decision;
    if (ALL_SPECS[resource.kind].line === "parent" && !(verbose && isWorthALine(decision))) continue;
    const own = action === "create" || action === "delete" || verbose
      ? []
      : below.get(resource.index)?.decisions ?? [];
    reported.push({
      action: actionOf(decision, own.length > 0),
      resource,
      decision,
      changes: action === "update" ? decision.changes : [],
      parts: partsOf(own),
      below: own,
      reason: own.length > 0 || action === "create" || action === "update" || action === "delete"
        ? undefined
        : action === "skip"
        ? decision.reason
        : EXISTS,
    });
  }
  for (const [index, { parent, decisions: own }] of below) {
    if (declared.has(index) || verbose) continue;
    reported.push({
      action: "updated",
      resource: parent,
      decision: undefined,
      changes: [],
      parts: partsOf(own),
      below: own,
      reason: undefined,
    });
  }
  return reported.sort((a, b) =>
    KIND_NAMES.indexOf(a.resource.kind) - KIND_NAMES.indexOf(b.resource.kind) ||
    a.resource.index - b.resource.index
  );
}

function isWorthALine(decision: Decision): boolean {
  return decision.action !== "skip" || decision.reason.kind !== "exists";
}

function actionOf({ action }: Decision, gains: boolean): Action {
  switch (action) {
    case "create":
      return "created";
    case "delete":
      return "deleted";
    case "update":
      return "updated";
    case "adopt":
    case "skip":
      return gains ? "updated" : "skipped";
  }
}

/** Decisions that change something and have no line of their own, by the index of what they belong to. */
function changedParts(
  decisions: readonly Decision[],
): ReadonlyMap<number, { readonly parent: Resource; readonly decisions: Decision[] }> {
  const created = new Set(decisions.filter((d) => d.action === "create").map((d) => d.resource.index));
  const below = new Map<number, { readonly parent: Resource; readonly decisions: Decision[] }>();
  for (const decision of decisions) {
    const { action, resource: { kind, parent } } = decision;
    if (ALL_SPECS[kind].line === "own" || parent === undefined) continue;
    if (action === "skip" || action === "adopt" || created.has(parent.index)) continue;
    const known = below.get(parent.index) ?? { parent, decisions: [] };
    known.decisions.push(decision);
    below.set(parent.index, known);
  }
  return below;
}

function partsOf(decisions: readonly Decision[]): readonly PartChange[] {
  const byPlural = Map.groupBy(decisions, ({ resource }) => ALL_SPECS[resource.kind].plural);
  return [...byPlural].map(([plural, group]): PartChange => {
    const isSingle = group.every(({ resource }) => ALL_SPECS[resource.kind].single === true);
    const count = (action: Decision["action"]): number => group.filter((d) => d.action === action).length;
    return {
      plural,
      counts: isSingle
        ? undefined
        : { added: count("create"), changed: count("update"), removed: count("delete") },
    };
  });
}

/** What happens to a row of a table without a kind. */
export const ROW_ACTIONS: Readonly<Record<RowDecision["action"], Action>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  adopt: "skipped",
  skip: "skipped",
};

/** Why a row is skipped; undefined when it is not. */
export function rowReason({ action, reason }: RowDecision): SkipReason | undefined {
  return action === "adopt" ? EXISTS : reason;
}

/** How many entities and rows are created, updated, skipped and deleted: the same whether parts have lines or not. */
export function summaryOfPlan({ decisions, rows }: Pick<Plan, "decisions" | "rows">): Summary {
  const actions = [
    ...reportedActions(decisions, false).map(({ action }) => action),
    ...rows.map(({ action }) => ROW_ACTIONS[action]),
  ];
  const count = (wanted: Action): number => actions.filter((action) => action === wanted).length;
  return {
    created: count("created"),
    updated: count("updated"),
    skipped: count("skipped"),
    deleted: count("deleted"),
  };
}
