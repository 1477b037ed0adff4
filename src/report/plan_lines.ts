/** What a plan would do, as lines and as JSON. Pure. */
import { fillsJson, fillWords } from "../database/column_fill.ts";
import { plannedFills, plannedUnknown } from "../plan/planned_fills.ts";
import { type Decided, removedRows } from "../plan/decided.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { KindName } from "../kinds/specs.ts";
import type { FieldChange } from "../plan/field_change.ts";
import { hasWork } from "../plan/plan.ts";
import { rowWords } from "./address_words.ts";
import { differenceLines, valueText } from "./difference.ts";
import { escapeControls } from "./display.ts";
import { diagnosticJson, JSON_VERSION } from "./json.ts";
import { fieldName, skipWords } from "./change_words.ts";
import { describe, resultNotes, rowCounts } from "./lines.ts";

/** What is to happen to an entity. */
export type PlannedWord = "create" | "update" | "adopt" | "delete" | "skip";

/** One entity of a plan. */
export interface PlanEntry {
  readonly action: PlannedWord;
  readonly kind: KindName | "row";
  readonly name: string;
  readonly parent: string | undefined;
  readonly address: string;
  /** `feature "dark_mode" in project "Web App"`. */
  readonly words: string;
  readonly changes: readonly FieldChange[];
  /** Why it is skipped. */
  readonly reason: string | undefined;
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
      words: rowWords(address),
      changes: decision.changes,
      reason: reason === undefined ? undefined : skipWords(reason),
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
      words: describe(resource),
      changes: decision.action === "update" ? decision.changes : [],
      reason: decision.action === "skip" ? skipWords(decision.reason) : undefined,
    };
  });
  return [...entities, ...rows];
}

/** How many entities are to have which fate. */
export function planSummary(entries: readonly PlanEntry[]): Readonly<Record<PlannedWord, number>> {
  const count = (word: PlannedWord): number => entries.filter((e) => e.action === word).length;
  return {
    create: count("create"),
    update: count("update"),
    adopt: count("adopt"),
    delete: count("delete"),
    skip: count("skip"),
  };
}

/** A line for each change, with the fields below it; with `verbose` also for what is skipped. The summary is last. */
export function planLines(decided: Decided, verbose: boolean): readonly string[] {
  const { plan } = decided;
  const removed = removedRows(decided);
  const entries = planEntries(decided);
  const lines: string[] = [];
  if (plan.domain.action === "set") {
    lines.push(
      `Would set the domain: ${valueText(plan.domain.from ?? null)} → ${valueText(plan.domain.to)}.`,
    );
  }
  for (const { action, words, changes, reason } of entries) {
    if (action === "skip" && !verbose) continue;
    lines.push(escapeControls(`Would ${action} ${words}${reason === undefined ? "" : ` (${reason})`}.`));
    for (const line of changes.flatMap(changeLines)) lines.push(`    ${line}`);
  }
  for (const fill of plannedFills(plan, decided.state.catalog)) {
    lines.push(
      escapeControls(
        `Would fill ${fill.table}.${fill.column} with ${fillWords(fill)} in new rows (${fill.from}).`,
      ),
    );
  }
  if (removed.size > 0) {
    lines.push(`Rows that would go: ${rowCounts(removed)}.`);
  }
  if (!hasWork(plan)) return [...lines, "Nothing to do."];
  const summary = planSummary(entries);
  const parts = (["create", "update", "adopt", "delete", "skip"] as const).filter((word) =>
    word === "create" || word === "skip" || summary[word] > 0
  ).map((word) => `${summary[word]} to ${word}`);
  return [...lines, `Plan: ${parts.join(", ")}.`];
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
    ...(reason === undefined ? {} : { reason }),
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
    summary: planSummary(entries),
    notes: planNotes(decided, true),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}

/** Remarks for people. */
export function planNotes({ plan, state, removal }: Decided, allowDelete: boolean): readonly string[] {
  const deletes = [...plan.decisions, ...plan.rows].some((d) => d.action === "delete") ||
    (removal?.others.size ?? 0) > 0;
  return [
    ...resultNotes({
      plan,
      dryRun: true,
      learnedLate: false,
      fills: plannedFills(plan, state.catalog),
      unknown: plannedUnknown(plan, state.catalog),
    }),
    ...(deletes && !allowDelete ? ["apply needs --allow-delete to delete."] : []),
  ];
}
