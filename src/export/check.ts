/** Reads an export as `apply` would: what it refuses is told now, with the place, and not when somebody needs the file. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { readBack } from "./merge/read_back.ts";

/** How the export is called in messages. */
const NAME = "<export>";

/** Reports everything that `apply` would refuse; variables count as set. */
export function checkExport(text: string, diagnostics: Diagnostics): void {
  const { found } = readBack(new Map([[NAME, text]]), true);
  diagnostics.reads(NAME);
  for (const { code, severity, span, message, hint } of found.sorted()) {
    if (severity === "error") {
      diagnostics.add("FP444", span, `apply would refuse this (${code}): ${message}`, hint);
    }
  }
}
