/** What the format has no place for: columns, rows of other tables, drafts. Each is told once, with how many there are. */
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { plainRow } from "../../kinds/known_columns.ts";
import { type LiveRows, rowsOf } from "../read/rows.ts";

/** Columns that a person sets and that no field declares. */
const COLUMNS: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ["organisations_subscription", ["subscription_date", "cancellation_date"]],
  ["projects_project", ["enable_dynamo_db"]],
  ["environments_environment", ["webhook_url", "webhooks_enabled"]],
  ["segments_segment", ["managed_by"]],
];

/** Reports each of them. */
export function reportUnsupported(rows: LiveRows, diagnostics: Diagnostics): void {
  for (const [table, columns] of COLUMNS) {
    for (const column of columns) {
      const usual = plainRow(table)?.[column] ?? null;
      // A release without the column says nothing in it.
      const set = rowsOf(rows, table).filter((row) => column in row && row[column] !== usual);
      if (set.length > 0) reportOmitted(`"${column}" of ${counted(set.length)} of ${table}`, diagnostics);
    }
  }
  for (const { table, count } of rows.left) {
    reportOmitted(`${counted(count)} of ${table}`, diagnostics, count);
  }
  const system = rowsOf(rows, "tags_tag").filter((row) => row["is_system_tag"] === true).length;
  if (system > 0) {
    reportOmitted(`${counted(system)} of tags_tag that the application made for itself`, diagnostics);
  }
  if (rows.pending > 0) {
    diagnostics.add(
      "FP443",
      undefined,
      `${rows.pending} ${
        rows.pending === 1 ? "change of a flag is a draft" : "changes of flags are drafts"
      } or scheduled, and left out: what is live is exported`,
    );
  }
}

function reportOmitted(what: string, diagnostics: Diagnostics, count = 1): void {
  diagnostics.add(
    "FP442",
    undefined,
    `${what} ${count === 1 ? "has" : "have"} no place in the format and ${
      count === 1 ? "is" : "are"
    } left out`,
  );
}

function counted(count: number): string {
  return `${count} ${count === 1 ? "row" : "rows"}`;
}
