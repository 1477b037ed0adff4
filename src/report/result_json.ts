/** A run's result with its diagnostics as JSON, for programs. */
import type { ApplyResult } from "../apply/apply.ts";
import { fillsJson } from "../database/column_fill.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { ALL_KINDS, ALL_SPECS, KIND_NAMES } from "../kinds/specs.ts";
import { reportedActions, ROW_ACTIONS, rowReason, summaryOfPlan } from "./actions.ts";
import { fieldWords, skipWords } from "./change_words.ts";
import { diagnosticJson, JSON_VERSION } from "./diagnostic_json.ts";
import { changedWords, type IssuedSecrets } from "./lines.ts";
import { resultNotes } from "./result_notes.ts";

/** Kinds whose keys are known when they are made, and never again. */
const ISSUED_ONCE = KIND_NAMES.filter((kind) => ALL_KINDS[kind].handsOut === "once").map((kind) =>
  ALL_SPECS[kind]
);

/** What programs get of a run. */
export function resultJson(
  result: ApplyResult,
  issuedSecrets: IssuedSecrets,
  diagnostics: readonly Diagnostic[],
): Readonly<Record<string, unknown>> {
  const actions = reportedActions(result.plan.decisions, true);
  return {
    version: JSON_VERSION,
    dry_run: result.dryRun,
    actions: actions.map((about) => {
      const { action, resource: { kind, name, parent }, reason } = about;
      const fields = changedWords(about);
      return {
        action,
        kind,
        name,
        ...(parent === undefined ? {} : { parent: parent.name }),
        ...(fields.length === 0 ? {} : { fields }),
        ...(reason === undefined ? {} : { reason: skipWords(reason) }),
      };
    }),
    ...rowsJson(result),
    ...(result.removed.size === 0 ? {} : {
      rows_deleted: Object.fromEntries(
        [...result.removed].map(([table, ids]) => [table, ids.size] as const).sort(),
      ),
    }),
    summary: summaryOfPlan(result.plan),
    ...Object.fromEntries(ISSUED_ONCE.map(({ name: kind, list = kind, parent = "" }) => [
      list,
      actions.flatMap(({ action, resource }) => {
        const key = issuedSecrets.keys.get(resource.index);
        return (action !== "created" && action !== "updated") || resource.kind !== kind || key === undefined
          ? []
          : [{ name: resource.name, [parent]: resource.parent?.name, key }];
      }),
    ])),
    passwords: actions.flatMap((a) => {
      const password = issuedSecrets.passwords.get(a.resource.index);
      return (a.action !== "created" && a.action !== "updated") || password === undefined
        ? []
        : [{ email: a.resource.name, password }];
    }),
    reset_links: [...issuedSecrets.links].map(([email, link]) => ({ email, link })),
    ...(result.fills.length === 0 ? {} : { column_defaults: fillsJson(result.fills) }),
    notes: resultNotes(result),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}

/** Rows of tables without a kind, when there are any. */
function rowsJson({ plan }: ApplyResult): Readonly<Record<string, unknown>> {
  return plan.rows.length === 0 ? {} : {
    rows: plan.rows.map((row) => {
      const reason = rowReason(row);
      return {
        action: ROW_ACTIONS[row.action],
        address: row.resource.address,
        ...(row.changes.length === 0 ? {} : { fields: row.changes.map(fieldWords) }),
        ...(reason === undefined ? {} : { reason: skipWords(reason) }),
      };
    }),
  };
}
