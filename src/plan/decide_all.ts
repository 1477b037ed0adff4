/** One decision for each declared entity and row, from comparisons alone. Pure; what speaks against it is found by checks. */
import type { Row } from "../flagsmith/cell.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import type { Policy } from "../kinds/kind.ts";
import { ALL_KINDS, ALL_SPECS, storedName } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { Snapshot } from "../snapshot/state.ts";
import type { Compared } from "./compare.ts";
import type { ComparedRow } from "./compare_rows.ts";
import { decide, loggedAs } from "./decide.ts";
import type { FieldChange } from "./field_change.ts";
import { decideOrder } from "./override_order.ts";
import type { Decision, Known, RowDecision, SkipReason } from "./plan.ts";

/** Decisions about entities by index, and about rows in their order. */
export interface Decisions {
  readonly entities: ReadonlyMap<number, Decision>;
  readonly rows: readonly RowDecision[];
}

/** Decides by the policies of the files. */
export function decideAll(
  graph: Graph,
  compared: readonly Compared[],
  comparedRows: readonly ComparedRow[],
  state: Snapshot,
): Decisions {
  const entities = new Map<number, Decision>();
  for (const one of compared) {
    const policy = one.resource.declaration?.policy;
    if (policy === undefined) continue;
    const hindrance = one.comparison.relation === "missing"
      ? hindranceOf(one, policy, state, entities)
      : undefined;
    entities.set(one.resource.index, decideEntity(one, policy, hindrance));
  }
  decideOrder(graph, entities, state);
  return { entities, rows: comparedRows.map((row) => decideRow(row, row.resource.row.policy, entities)) };
}

/** How a decision treats an entity; `rotate` beside the log's text replaces its credential. */
type AppliedPolicy = Pick<Policy, "ensure" | "onExists" | "onMissing" | "rotate">;

/** Decides about one entity by a policy. */
export function decideEntity(
  compared: Compared,
  policy: AppliedPolicy,
  hindrance?: SkipReason,
): Decision {
  const { resource, hash, event, comparison } = compared;
  const asked = askedFor(compared, policy);
  const verdict = decide({
    comparison,
    logged: loggedAs(event, hash),
    policy,
    hindrance,
    isForced: asked.changes.length > 0,
  });
  if (verdict.action === "create") return { action: "create", resource, hash };
  if (verdict.action === "skip") {
    const { reason, differs = false, records, refusal } = verdict;
    // A reference declares it without a word about its content.
    const isImplied = resource.declaration?.implied === true;
    return {
      action: "skip",
      resource,
      hash,
      live: liveOf(comparison),
      reason,
      differs: differs && !isImplied,
      ...(records === true && !isImplied ? { records } : {}),
      ...(refusal === undefined ? {} : { refusal }),
    };
  }
  const live = liveOf(comparison);
  if (live === undefined) throw new TypeError("Cannot change an entity that is not there");
  if (verdict.action !== "update") return { action: verdict.action, resource, hash, live };
  const fields = (verdict.writesFields ? differenceIn(comparison) : undefined) ?? { after: {}, changes: [] };
  return {
    action: "update",
    resource,
    hash,
    live,
    after: { ...fields.after, ...asked.after },
    changes: [...asked.changes, ...fields.changes],
    adopted: verdict.adopts,
    ...asked.marks,
  };
}

/** What differs, for every sort of comparison. */
function differenceIn<D>(
  comparison: { readonly relation: string; readonly difference?: D | undefined },
): D | undefined {
  return comparison.relation === "present" ? comparison.difference : undefined;
}

function liveOf(comparison: Compared["comparison"]): Extract<Decision, { action: "skip" }>["live"] {
  return comparison.relation === "missing"
    ? undefined
    : comparison.relation === "duplicated"
    ? comparison.rows[0]
    : comparison.live;
}

/** Changes that do not depend on `on_exists`. */
interface Asked {
  readonly after: Row;
  readonly changes: readonly FieldChange[];
  readonly marks: { readonly renamedFrom?: string; readonly rotates?: boolean };
}

const NOTHING_ASKED: Asked = { after: {}, changes: [], marks: {} };

/** What is to change whatever `on_exists` says: the name by `renamed_from`, credentials by `rotate`. */
function askedFor(
  { resource, event, formerName }: Compared,
  { rotate }: Pick<Policy, "rotate">,
): Asked {
  if (formerName === undefined && rotate === undefined) return NOTHING_ASKED;
  const column = LIVE_TABLES[resource.kind].nameColumn;
  const { rotates } = ALL_KINDS[resource.kind];
  const isRotated = column !== undefined && rotates !== undefined && rotate !== undefined &&
    event?.details["rotate"] !== rotate;
  const isRenamed = column !== undefined && formerName !== undefined;
  return {
    after: isRenamed ? { [column]: storedName(resource.kind, resource.name) } : {},
    changes: [
      ...(isRenamed ? [{ kind: "renamed", from: formerName } as const] : []),
      ...(isRotated ? [{ kind: "rotated", what: rotates } as const] : []),
    ],
    marks: {
      ...(isRenamed ? { renamedFrom: formerName } : {}),
      ...(isRotated ? { rotates: true } : {}),
    },
  };
}

/** What `renamed_from` and `rotate` of the file ask for, beside its fields. */
export function pendingChanges(compared: Compared): readonly FieldChange[] {
  return askedFor(compared, { rotate: compared.resource.declaration?.policy.rotate }).changes;
}

/** Why a missing entity is not created; undefined when the way is free. */
function hindranceOf(
  { resource }: Compared,
  policy: Policy,
  state: Snapshot,
  known: Known,
): SkipReason | undefined {
  const absent = absentNeed(resource, known);
  if (absent !== undefined) return { kind: "parent", name: absent.name, of: absent.kind };
  return policy.onlyIfNone ? occupiedBy(resource, state, known) : undefined;
}

/** What the entity needs and what this run neither finds nor creates. */
function absentNeed(resource: Resource, known: Known): Resource | undefined {
  const needs = [
    ...(resource.parent === undefined ? [] : [resource.parent]),
    ...resource.references.values(),
  ];
  return needs.find((need) => isAbsent(need, known));
}

function isAbsent(need: Resource, known: Known): boolean {
  const decision = known.get(need.index);
  return decision?.action === "skip" && decision.live === undefined;
}

/** For `only_if_none`: what is there already; undefined when the way is free. */
function occupiedBy(
  { kind, parent }: Resource,
  state: Snapshot,
  known: Known,
): SkipReason | undefined {
  // What belongs to its parent's line comes with the parent or not at all.
  if (ALL_SPECS[kind].line === "parent") {
    const isNew = parent !== undefined && known.get(parent.index)?.action === "create";
    return isNew ? undefined : { kind: "occupied", by: { what: "parent", parent: parent?.kind ?? kind } };
  }
  const id = parent === undefined ? undefined : state.live.get(parent.index)?.[0]?.id;
  const isOccupied = parent === undefined
    ? state.occupied.has(kind)
    : id !== undefined && state.occupied.has(`${kind} ${id}`);
  return isOccupied
    ? { kind: "occupied", by: { what: "alike", kind, parent: parent?.kind ?? null } }
    : undefined;
}

/** Decides about one row by a policy. `known` are the decisions about entities. */
export function decideRow(
  { resource, hash, event, comparison, primaryKey }: ComparedRow,
  policy: Pick<Policy, "ensure" | "onExists" | "onMissing">,
  known: Known,
): RowDecision {
  const live = comparison.relation === "missing"
    ? undefined
    : comparison.relation === "duplicated"
    ? comparison.rows[0]
    : comparison.live;
  const absent = [...resource.targets.values()].find((target) => isAbsent(target, known));
  const verdict = primaryKey === "" ? { action: "skip", reason: { kind: "exists" } } as const : decide({
    comparison,
    logged: loggedAs(event, hash),
    policy,
    hindrance: absent === undefined ? undefined : { kind: "parent", name: absent.name, of: null },
  });
  return {
    action: verdict.action,
    resource,
    hash,
    primaryKey,
    live,
    changes: (verdict.action === "update" ? differenceIn(comparison)?.changes : undefined) ?? [],
    reason: verdict.action === "skip" ? verdict.reason : undefined,
    differs: verdict.action === "skip" && verdict.differs === true,
    ...(verdict.action === "skip" && verdict.refusal !== undefined ? { refusal: verdict.refusal } : {}),
  };
}
