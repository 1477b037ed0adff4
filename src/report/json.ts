/** A run's result and its diagnostics as JSON, for programs. */
import type { ApplyResult } from "../apply/apply.ts";
import { fillsJson } from "../database/column_fill.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { positionAt } from "../diagnostics/source_file.ts";
import { type HandedOut, reportedActions, reportedRows, resultNotes, summaryOfResult } from "./lines.ts";

/** The version of the JSON shapes; it grows when a field changes its meaning. */
export const JSON_VERSION = 1;

/** A diagnostic for programs: without a snippet, which could hold more than the place needs. */
export function diagnosticJson(diagnostic: Diagnostic): Readonly<Record<string, unknown>> {
  const { span } = diagnostic;
  const place = span === undefined ? {} : { file: span.file.name, ...positionAt(span.file, span.start) };
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    ...place,
    ...(diagnostic.hint === undefined ? {} : { hint: diagnostic.hint }),
  };
}

/** What programs get of a run. */
export function resultJson(
  result: ApplyResult,
  handedOut: HandedOut,
  diagnostics: readonly Diagnostic[],
): Readonly<Record<string, unknown>> {
  const actions = reportedActions(result.plan.decisions, true);
  return {
    version: JSON_VERSION,
    dry_run: result.dryRun,
    actions: actions.map((a) => ({
      action: a.action,
      kind: a.kind,
      name: a.name,
      ...(a.resource.parent === undefined ? {} : { parent: a.resource.parent.name }),
      ...(a.fields.length === 0 ? {} : { fields: a.fields }),
      ...(a.reason === undefined ? {} : { reason: a.reason }),
    })),
    ...rowsJson(result),
    ...(result.removed.size === 0 ? {} : {
      rows_deleted: Object.fromEntries(
        [...result.removed].map(([table, ids]) => [table, ids.size] as const).sort(),
      ),
    }),
    summary: summaryOfResult(result),
    master_api_keys: actions.flatMap((a) => {
      const key = handedOut.keys.get(a.resource.index);
      return (a.action !== "created" && a.action !== "updated") || key === undefined
        ? []
        : [{ name: a.name, organisation: a.resource.parent?.name, key }];
    }),
    passwords: actions.flatMap((a) => {
      const password = handedOut.passwords.get(a.resource.index);
      return (a.action !== "created" && a.action !== "updated") || password === undefined
        ? []
        : [{ email: a.name, password }];
    }),
    reset_links: [...handedOut.links].map(([email, link]) => ({ email, link })),
    ...(result.fills.length === 0 ? {} : { column_defaults: fillsJson(result.fills) }),
    notes: resultNotes(result),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}

/** Rows of tables without a kind, when there are any. */
function rowsJson({ plan }: ApplyResult): Readonly<Record<string, unknown>> {
  const rows = reportedRows(plan.rows);
  return rows.length === 0 ? {} : {
    rows: rows.map(({ action, address, fields, reason }) => ({
      action,
      address,
      ...(fields.length === 0 ? {} : { fields }),
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}
