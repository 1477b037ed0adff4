/** Diagnostics as people read them, `docs/output.md#findings`. */
import type { Diagnostic, Severity } from "../diagnostics/diagnostic.ts";
import { placeOf } from "../diagnostics/source_file.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { escapeControls } from "./display.ts";
import { snippetOf } from "./snippet.ts";

/** How to print. */
export interface DiagnosticsStyle {
  /** True for ANSI colours; whether the terminal wants them is the caller's business. */
  readonly color: boolean;
}

type Paint = (sgr: string, text: string) => string;

const SEVERITY_COLOR: Readonly<Record<Severity, string>> = { error: "1;31", warning: "1;33", note: "1;36" };

/**
 * Renders findings in the given order: `file:line:column: severity: Message [CODE]`, the line with carets under the span,
 * the hint. Each finding ends with a line break; nothing for no findings. Stretches in `masked` are shown as `••••`, and
 * a syntax error (FP010) shows its line only up to the first value, which might be a secret.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  masked: readonly Span[],
  style: DiagnosticsStyle = { color: false },
): string {
  const paint: Paint = style.color ? (sgr, text) => `\x1b[${sgr}m${text}\x1b[0m` : (_, text) => text;
  return diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, masked, paint).join("\n") + "\n").join(
    "",
  );
}

/** Findings about a file as a whole, or about its bytes: its line says nothing, or might hold anything. */
const WITHOUT_LINE: ReadonlySet<string> = new Set(["FP001", "FP002", "FP003", "FP004"]);

function renderDiagnostic(diagnostic: Diagnostic, masked: readonly Span[], paint: Paint): string[] {
  const { code, severity, message, span, hint } = diagnostic;
  const place = span === undefined ? "" : paint("1", `${escapeControls(placeOf(span))}:`) + " ";
  const lines = [
    `${place}${paint(SEVERITY_COLOR[severity], `${severity}:`)} ${escapeControls(message)} [${code}]`,
  ];
  let gutter = " ";
  if (span !== undefined && !WITHOUT_LINE.has(code)) {
    const snippet = snippetOf(span, masked, code === "FP010");
    gutter = " ".repeat(String(snippet.line).length);
    const carets = " ".repeat(snippet.indent) +
      paint(SEVERITY_COLOR[severity], "^" + "~".repeat(snippet.width - 1));
    lines.push(`${gutter} |`, `${snippet.line} | ${snippet.text}`.trimEnd(), `${gutter} | ${carets}`);
  }
  if (hint !== undefined) lines.push(`${gutter} = ${paint("1", "hint:")} ${escapeControls(hint)}`);
  return lines;
}
