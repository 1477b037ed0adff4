/** Printing diagnostics, the same way for every command. */
import { safeJson } from "../diagnostics/shield.ts";
import type { Diagnostic, Diagnostics } from "../diagnostics/diagnostic.ts";
import { EXIT } from "../diagnostics/error.ts";
import { diagnosticJson, JSON_VERSION } from "../report/diagnostic_json.ts";
import { renderDiagnostics } from "../report/diagnostics_text.ts";
import type { Io } from "./io.ts";

/** Options that decide how findings are shown. */
export interface ShowOptions {
  readonly format: "text" | "json" | "jsonl";
  readonly quiet?: true | undefined;
  readonly color: boolean;
  readonly strict?: true | undefined;
  /** Who lists all findings where these are cut off: without it the command, which has an option --format. */
  readonly allBy?: AllBy | undefined;
}

/** A command that has the findings, too, or none: those of an export are of a look that it alone takes. */
export type AllBy = "validate" | "plan" | "nothing";

/** True when colours are wanted on standard error. */
export function wantsColor(options: { readonly color: boolean }, io: Io): boolean {
  const off = io.env("NO_COLOR");
  return options.color && io.errIsTerminal && (off === undefined || off === "");
}

/** Shows all findings on standard error. With `--quiet` warnings are left out. */
export function showDiagnostics(
  diagnostics: Diagnostics,
  options: ShowOptions,
  io: Io,
): readonly Diagnostic[] {
  const sorted = diagnostics.sorted();
  const shown = options.quiet === true && options.strict !== true
    ? sorted.filter((d) => d.severity === "error")
    : sorted;
  if (shown.length > 0) {
    const color = wantsColor(options, io);
    const text = findingsText(shown, diagnostics, color, options);
    if (color) io.paint(text);
    else io.err(text);
  }
  return sorted;
}

/** The first hundred of these findings as text, and how many more there are. */
export function findingsText(
  found: readonly Diagnostic[],
  { masked }: Pick<Diagnostics, "masked">,
  color: boolean,
  options: Pick<ShowOptions, "format" | "allBy">,
): string {
  const first = firstFindings(found);
  const more = found.length - first.length;
  return renderDiagnostics(first, masked, { color }) +
    (more === 0 ? "" : `… and ${more} more${whereAllAre(options)}\n`);
}

function whereAllAre({ format, allBy }: Pick<ShowOptions, "format" | "allBy">): string {
  if (allBy === "nothing") return "";
  if (allBy !== undefined) return `; ${allBy} --format json lists all`;
  return format === "text" ? "; --format json lists all" : "; standard output lists all";
}

/** So many findings are shown; further ones are mostly the same mistake again. */
const MOST_FINDINGS = 100;

/** The first hundred, in their order; a warning makes room for an error. */
function firstFindings(sorted: readonly Diagnostic[]): readonly Diagnostic[] {
  if (sorted.length <= MOST_FINDINGS) return sorted;
  const errors = sorted.filter((d) => d.severity === "error").slice(0, MOST_FINDINGS);
  const others = sorted.filter((d) => d.severity !== "error").slice(0, MOST_FINDINGS - errors.length);
  const shown = new Set([...errors, ...others]);
  return sorted.filter((d) => shown.has(d));
}

/** True when the findings stop the run. */
export function stops(diagnostics: Diagnostics, options: ShowOptions): boolean {
  return diagnostics.hasErrors ||
    (options.strict === true && diagnostics.sorted().some((d) => d.severity === "warning"));
}

/** Ends a command whose input is wrong: findings on standard error, for programs also as JSON on standard output. */
export function refuse(
  diagnostics: Diagnostics,
  options: ShowOptions,
  io: Io,
): number {
  const sorted = showDiagnostics(diagnostics, options, io);
  const errors = sorted.filter((d) => d.severity === "error" || options.strict === true).length;
  io.err(`${errors} ${errors === 1 ? "error" : "errors"}; nothing was changed.\n`);
  if (options.format === "json") {
    io.out(
      `${safeJson({ version: JSON_VERSION, diagnostics: sorted.map(diagnosticJson) }, 2)}\n`,
    );
  }
  if (options.format === "jsonl") {
    for (const d of sorted) io.out(`${safeJson({ type: "diagnostic", ...diagnosticJson(d) })}\n`);
  }
  return EXIT.failed;
}
