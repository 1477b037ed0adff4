/** Diagnostics as JSON, for programs, and the version of all JSON shapes. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { positionAt } from "../diagnostics/source_file.ts";

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
