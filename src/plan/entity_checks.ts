/** What the database shows to be wrong with declared entities: with their names and values, and with what is to be written. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import type { LiveRow } from "../kinds/live.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import { checkRows } from "../snapshot/raw_row_checks.ts";
import { reportMisfits } from "../snapshot/raw_row_misfits.ts";
import type { Snapshot } from "../snapshot/state.ts";
import type { Compared } from "./compare.ts";
import type { ComparedRow } from "./compare_rows.ts";
import type { Decisions } from "./decide_all.ts";
import { checkFlagReferences, checkLiveFlagCircles } from "./flag_checks.ts";
import { checkForeignReferences } from "./foreign_references.ts";
import { checkLengths, liveLimit } from "./lengths.ts";
import { reportDuplicates, reportMissing } from "./name_findings.ts";
import { reportMeetings } from "./one_row.ts";
import { type Decision, type Known, type RowDecision, title } from "./plan.ts";
import { checkDeclaredRow, checkNewRow } from "./raw_row_findings.ts";
import { checkOptions, optionsAfter } from "./state_checks.ts";
import { isStateKind } from "../kinds/state_kinds.ts";
import { checkStorable } from "./storable.ts";
import { checkCreation, checkVersioning, checkWritable, warnKeyMismatch } from "./write_checks.ts";

/** What was compared and decided, beside what from. */
export interface Checked {
  readonly graph: Graph;
  readonly compared: readonly Compared[];
  readonly comparedRows: readonly ComparedRow[];
  readonly decisions: Decisions;
  readonly state: Snapshot;
}

/** Finds what keeps the decisions from being carried out. */
export function checkPlanned(checked: Checked, diagnostics: Diagnostics): void {
  checkDeclared(checked, diagnostics);
  checkChanges(checked, diagnostics);
  checkLiveFlagCircles(checked.graph, checked.decisions.entities, checked.state, diagnostics);
}

/** The same for commands that change no live entity: what an update cannot do is no mistake then. */
export function checkUnchanged(checked: Checked, diagnostics: Diagnostics): void {
  checkDeclared(checked, diagnostics);
  const unchanged = new Map([...checked.decisions.entities].filter(([, { action }]) => action !== "update"));
  checkLiveFlagCircles(checked.graph, unchanged, checked.state, diagnostics);
}

/** Names, values that cannot be stored, and entities that cannot be new. */
function checkDeclared(
  { graph, compared, comparedRows, decisions, state }: Checked,
  diagnostics: Diagnostics,
): void {
  const byResource = new Map(compared.map((one) => [one.resource, one]));
  const needed = neededBy(graph);
  reportMeetings(graph, state, diagnostics);
  for (const resource of graph.resources) {
    const rows = state.live.get(resource.index) ?? [];
    if (rows.length > 1 && !belowDuplicate(resource, state)) reportDuplicates(resource, rows, diagnostics);
    const one = byResource.get(resource);
    if (one === undefined) {
      if (rows.length === 0 && needed.has(resource)) reportMissing(resource, graph, state, diagnostics);
      continue;
    }
    const { catalog } = state;
    checkForeignReferences(resource, state, diagnostics);
    checkLengths(resource, liveLimit(catalog), diagnostics);
    checkStorable(resource, catalog, diagnostics);
    if (decisions.entities.get(resource.index)?.action === "create") {
      checkNew(resource, state, decisions.entities, diagnostics);
    }
    reportNamesake(resource, state, diagnostics);
  }
  const fits = checkRows(graph.rows, state.catalog, diagnostics);
  reportMisfits(state.raw.misfits, diagnostics);
  if (!fits || state.raw.misfits.length > 0) return;
  for (const [at, row] of comparedRows.entries()) {
    checkDeclaredRow(row, diagnostics);
    if (decisions.rows[at]?.action === "create") checkNewRow(row, state.catalog, diagnostics);
  }
}

/** What entities that are to exist belong or refer to. What is to be absent needs nothing: without it, it is absent. */
function neededBy({ resources, rows }: Graph): ReadonlySet<Resource> {
  const needed = new Set<Resource>();
  const add = (resource: Resource | undefined): void => {
    if (resource === undefined || needed.has(resource)) return;
    needed.add(resource);
    add(resource.parent);
  };
  for (const { declaration, parent, references } of resources) {
    if (declaration === undefined || declaration.policy.ensure === "absent") continue;
    add(parent);
    for (const target of references.values()) add(target);
  }
  for (const { row, targets } of rows) {
    if (row.policy.ensure === "absent") continue;
    for (const target of targets.values()) add(target);
  }
  return needed;
}

function belowDuplicate(resource: Resource, state: Snapshot): boolean {
  return resource.parent !== undefined && (state.live.get(resource.parent.index)?.length ?? 0) > 1;
}

function checkNew(resource: Resource, state: Snapshot, known: Known, diagnostics: Diagnostics): void {
  checkCreation(resource, state, known, diagnostics);
  checkWritable(resource, state, known, diagnostics);
  checkFlagReferences(resource, state, known, diagnostics);
}

function reportNamesake(resource: Resource, state: Snapshot, diagnostics: Diagnostics): void {
  const { policy } = resource.declaration ?? {};
  if (policy?.ensure === "absent" || !state.bothNamesLive.has(resource.index)) return;
  diagnostics.add(
    "FP350",
    resource.span,
    `${title(resource)} is not renamed: "${policy?.renamedFrom ?? ""}" is live as well`,
    "Declare the other one with a new name and renamed_from, too, or remove renamed_from",
  );
}

/** What live entities cannot become. */
function checkChanges({ decisions, state }: Checked, diagnostics: Diagnostics): void {
  const known = decisions.entities;
  for (const decision of known.values()) {
    if (decision.action === "skip" && decision.refusal !== undefined) refuseExisting(decision, diagnostics);
    const { declaration } = decision.resource;
    const live = decision.action === "create" || decision.action === "delete" ? undefined : decision.live;
    const isCompared = decision.action !== "skip" || decision.reason.kind === "exists";
    if (declaration?.policy.onExists === "update" && live !== undefined && isCompared) {
      checkUpdate(decision, live, state, known, diagnostics);
    }
  }
  for (const row of decisions.rows) if (row.refusal !== undefined) refuseExistingRow(row, diagnostics);
}

function checkUpdate(
  decision: Decision,
  live: LiveRow,
  state: Snapshot,
  known: Known,
  diagnostics: Diagnostics,
): void {
  const { resource } = decision;
  checkWritable(resource, state, known, diagnostics);
  checkVersioning(resource, live, diagnostics);
  if (decision.action !== "update" || decision.rotates !== true) warnKeyMismatch(resource, live, diagnostics);
  if (isStateKind(resource.kind)) {
    const feature = resource.parent;
    const changed = feature === undefined ? undefined : known.get(feature.index);
    checkOptions(resource, optionsAfter(feature, changed, stateExtra(live).options), diagnostics);
  }
  if (decision.action === "update" && "rules_data" in decision.after) {
    checkFlagReferences(resource, state, known, diagnostics);
  }
}

const ASKED = "on_exists: fail was asked for";

function refuseExisting(
  { resource, reason, refusal }: Decision & { readonly action: "skip" },
  diagnostics: Diagnostics,
): void {
  const how = reason.kind === "renamed"
    ? `, under the name "${reason.to}"`
    : refusal === "other_content"
    ? " with other content"
    : "";
  diagnostics.add("FP302", resource.span, `${title(resource)} exists already${how}`, ASKED);
}

function refuseExistingRow({ resource: { row, address } }: RowDecision, diagnostics: Diagnostics): void {
  diagnostics.add("FP302", row.span, `The row ${address} exists already`, ASKED);
}
