/** The provisioning log as lines and as JSON. Pure. */
import { appendAll } from "../diagnostics/append_all.ts";
import type { LogEntry, LogRun } from "../log/history.ts";
import { isLoggedRows } from "../log/logged_rows.ts";
import { escapeControls } from "./display.ts";
import { JSON_VERSION } from "./diagnostic_json.ts";

/** Events below a line for their run, newest first; with `verbose` the rows of each event, too. */
export function entryLines(entries: readonly LogEntry[], verbose: boolean): readonly string[] {
  const widest = (texts: readonly string[]): number =>
    texts.reduce((most, text) => Math.max(most, text.length), 0);
  const number = widest(entries.map((e) => String(e.seq)));
  const word = widest(entries.map((e) => e.event));
  const lines: string[] = [];
  let run: string | undefined;
  for (const entry of entries) {
    if (entry.runId !== run) lines.push(runHead(entry));
    run = entry.runId;
    const remark = remarkOf(entry);
    lines.push(
      `  ${String(entry.seq).padStart(number)}  ${entry.event.padEnd(word)}  ${
        escapeControls(entry.address)
      }${remark === "" ? "" : `  (${remark})`}`,
    );
    if (verbose) appendAll(lines, rowLines(entry).map((line) => `  ${" ".repeat(number)}    ${line}`));
  }
  return lines;
}

/** A line a run, newest first. */
export function runLines(runs: readonly LogRun[]): readonly string[] {
  return runs.map((run) => {
    const counts = Object.entries(run.counts).map(([event, count]) => `${count} ${event}`).join(", ");
    return `${runHead(run)}  ${counts}`;
  });
}

function runHead({ recordedAt, command, runId, actor, source }: Omit<LogRun, "counts">): string {
  const when = `${recordedAt.slice(0, 10)} ${recordedAt.slice(11, 19)} UTC`;
  return `${when}  ${command}  ${runId}  ${escapeControls(actor)}${
    source === "" ? "" : `  ${escapeControls(source)}`
  }`;
}

/** What the address does not tell. */
function remarkOf({ event, details }: LogEntry): string {
  switch (event) {
    case "failed":
      return String(details["code"] ?? "");
    case "pruned":
      return `${details["dropped"] ?? details["events"]} events`;
    case "protected":
      return details["protected"] === true ? "on" : "off";
    default:
      return "";
  }
}

function rowLines({ rows }: LogEntry): readonly string[] {
  if (!isLoggedRows(rows)) return ["rows of an unknown form; --format json shows them"];
  return [
    ...Object.entries(rows.inserted ?? {}).map(([table, keys]) => `inserted ${table} ${keys}`),
    ...(rows.updated ?? []).map(({ table, key, columns }) =>
      `updated ${table} ${Object.values(key).map(String).join(" ")}: ${
        Object.entries(columns).map(([column, [before, after]]) =>
          `${column} ${cell(before)} → ${cell(after)}`
        ).join(", ")
      }`
    ),
    ...(rows.deleted ?? []).map(({ table, key }) =>
      `deleted ${table} ${Object.values(key).map(String).join(" ")}`
    ),
  ].map(escapeControls);
}

function cell(value: unknown): string {
  return typeof value === "object" && value !== null && "secret" in value
    ? "(secret)"
    : JSON.stringify(value ?? null);
}

/** An event for programs: the columns of the log by their own names. */
export function entryJson(entry: LogEntry): Readonly<Record<string, unknown>> {
  return {
    seq: entry.seq,
    ...sharedJson(entry),
    event: entry.event,
    kind: entry.kind,
    address: entry.address,
    content_hash: entry.contentHash ?? null,
    rows: entry.rows,
    details: entry.details,
  };
}

/** A run for programs. */
export function runJson(run: LogRun): Readonly<Record<string, unknown>> {
  return { ...sharedJson(run), events: run.counts };
}

function sharedJson(run: Omit<LogRun, "counts">): Readonly<Record<string, unknown>> {
  return {
    run_id: run.runId,
    recorded_at: run.recordedAt,
    command: run.command,
    tool_version: run.toolVersion,
    schema_release: run.schemaRelease,
    actor: run.actor,
    source: run.source,
  };
}

/** The whole list for programs. */
export function logJson(
  name: "events" | "runs",
  items: readonly Readonly<Record<string, unknown>>[],
  more: boolean,
): Readonly<Record<string, unknown>> {
  return { version: JSON_VERSION, [name]: items, more };
}
