/** What a plan would do, as lines and as JSON. Pure. */
import { fillsJson } from "../database/column_fill.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { KindName } from "../kinds/specs.ts";
import { type Decided, removedRows } from "../plan/decided.ts";
import type { FieldChange } from "../plan/field_change.ts";
import { hasWork, type Plan, type RowDecision, type SkipReason } from "../plan/plan.ts";
import { plannedFills, plannedUnknown } from "../plan/planned_fills.ts";
import { type ReportedAction, ROW_ACTIONS, summaryOfPlan } from "./actions.ts";
import { fieldName, skipWords } from "./change_words.ts";
import { differenceLines } from "./difference.ts";
import { escapeControls } from "./display.ts";
import { diagnosticJson, JSON_VERSION } from "./diagnostic_json.ts";
import { actionLines, countWords, describePart, type IssuedSecrets, removedLines } from "./lines.ts";
import { resultNotes } from "./result_notes.ts";

/** What is to happen to an entity. */
export type PlannedWord = "create" | "update" | "adopt" | "delete" | "skip";

/** One entity or row of a plan. */
export interface PlanEntry {
  readonly action: PlannedWord;
  readonly kind: KindName | "row";
  readonly name: string;
  readonly parent: string | undefined;
  readonly address: string;
  readonly changes: readonly FieldChange[];
  /** Why it is skipped. */
  readonly reason: SkipReason | undefined;
}

/** All entities of a plan, in the order of work. */
export function planEntries({ plan, state }: Decided): readonly PlanEntry[] {
  const rows = plan.rows.map((decision): PlanEntry => {
    const { action, resource: { address }, reason } = decision;
    return {
      action,
      kind: "row",
      name: address.slice("row:".length),
      parent: undefined,
      address,
      changes: decision.changes,
      reason,
    };
  });
  const entities = plan.decisions.map((decision): PlanEntry => {
    const { resource } = decision;
    const address = state.addresses[resource.index] ?? "";
    return {
      action: decision.action,
      kind: resource.kind,
      name: resource.name,
      parent: resource.parent?.name,
      address,
      changes: decision.action === "update" ? decision.changes : [],
      reason: decision.action === "skip" ? decision.reason : undefined,
    };
  });
  return [...entities, ...rows];
}

/** How many entities and rows are to have which fate, as a dry run counts them; those to adopt are skipped, too. */
export function planSummary(plan: Plan): Readonly<Record<PlannedWord, number>> {
  const { created, updated, deleted, skipped } = summaryOfPlan(plan);
  const adopted = [...plan.decisions, ...plan.rows].filter((d) => d.action === "adopt").length;
  return { create: created, update: updated, adopt: adopted, delete: deleted, skip: skipped };
}

/**
 * The lines of a dry run with what changes in lines below them, values from and to; those of what is skipped only with
 * `verbose`. The summary is last.
 */
export function planLines(decided: Decided, verbose: boolean): readonly string[] {
  const { plan } = decided;
  const lines = actionLines(plan, true, NOTHING, verbose).flatMap(({ text, about }) => {
    const details = about === undefined ? [] : "parts" in about ? entityDetails(about) : rowDetails(about);
    const isSkipped = about !== undefined &&
      ("parts" in about ? about.action === "skipped" : ROW_ACTIONS[about.action] === "skipped");
    return isSkipped && !verbose && details.length === 0 ? [] : [text, ...details];
  });
  const removed = removedLines(removedRows(decided), true).map(({ text }) => text);
  const last = hasWork(plan) ? `Plan: ${countWords(summaryOfPlan(plan), true)}.` : "Nothing to do.";
  return [...lines, ...removed, last];
}

const NOTHING: IssuedSecrets = { keys: new Map(), links: new Map(), passwords: new Map() };
const INDENT = "    ";

/** What changes in an entity, then what becomes of its parts. */
function entityDetails({ decision, changes, below }: ReportedAction): readonly string[] {
  return [
    ...(decision?.action === "adopt" ? [ADOPTED] : []),
    ...changes.flatMap(changeLines),
    ...below.flatMap((part) => [
      escapeControls(`${part.action} ${describePart(part.resource)}`),
      ...(part.action === "update" ? part.changes.flatMap(changeLines).map(indented) : []),
    ]),
  ].map(indented);
}

function rowDetails({ action, changes }: RowDecision): readonly string[] {
  return [...(action === "adopt" ? [ADOPTED] : []), ...changes.flatMap(changeLines)].map(indented);
}

const ADOPTED = "to be taken into the log, as it is";

function indented(line: string): string {
  return `${INDENT}${line}`;
}

/** `field: old → new`, a line for each place of a large value, `tags: +"new", -"old"` of a list; never a secret. */
function changeLines(change: FieldChange): readonly string[] {
  switch (change.kind) {
    case "secret":
      return [`${change.field}: (secret)`];
    case "renamed":
    case "rotated":
      return [fieldName(change)];
    case "shown":
      return differenceLines(change.field, change.from, change.to, {
        other: (from = "(none)", to = "(none)") => `${from} → ${to}`,
        only: (from, to) => [...to.map((text) => `+${text}`), ...from.map((text) => `-${text}`)].join(", "),
      });
  }
}

/** A change for programs, values whole. */
export function changeJson(change: FieldChange): Readonly<Record<string, unknown>> {
  switch (change.kind) {
    case "secret":
      return { field: change.field, secret: true };
    case "renamed":
    case "rotated":
      return { field: fieldName(change) };
    case "shown":
      return { field: change.field, from: change.from, to: change.to };
  }
}

/** An entity for programs. */
export function planEntryJson(entry: PlanEntry): Readonly<Record<string, unknown>> {
  const { action, kind, name, parent, address, changes, reason } = entry;
  return {
    action,
    kind,
    name,
    ...(parent === undefined ? {} : { parent }),
    address,
    ...(changes.length === 0 ? {} : { changes: changes.map(changeJson) }),
    ...(reason === undefined ? {} : { reason: skipWords(reason) }),
  };
}

/** The plan for programs. */
export function planJson(
  decided: Decided,
  diagnostics: readonly Diagnostic[],
): Readonly<Record<string, unknown>> {
  const { plan } = decided;
  const removed = removedRows(decided);
  const entries = planEntries(decided);
  const { domain } = plan;
  const fills = plannedFills(plan, decided.state.catalog);
  return {
    version: JSON_VERSION,
    changes: hasWork(plan),
    actions: entries.map(planEntryJson),
    ...(domain.action === "set" ? { domain: { from: domain.from ?? null, to: domain.to } } : {}),
    ...(fills.length === 0 ? {} : { column_defaults: fillsJson(fills) }),
    rows_deleted: Object.fromEntries([...removed].map(([table, ids]) => [table, ids.size] as const).sort()),
    summary: planSummary(plan),
    notes: planNotes(decided, true),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}

/** Remarks for people. */
export function planNotes(
  { plan, state, contents, removal, nested }: Decided,
  allowDelete: boolean,
): readonly string[] {
  const deletes = [...plan.decisions, ...plan.rows].some((d) => d.action === "delete") ||
    (removal?.others.size ?? 0) > 0 || nested.length > 0;
  return [
    ...resultNotes({
      plan,
      dryRun: true,
      confirmedAfterReconnect: false,
      fills: plannedFills(plan, state.catalog),
      unknown: plannedUnknown(plan, state, contents),
    }),
    ...(deletes && !allowDelete ? ["apply needs --allow-delete to delete."] : []),
  ];
}
