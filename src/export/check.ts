/** Reads an export as `apply` would: what it refuses and could not be left out is told now, and not when somebody needs the file. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { unknownFlags } from "../plan/flag_checks.ts";
import type { Export } from "./build/entity.ts";
import { featureNames } from "./build/features.ts";
import { readBack } from "./merge/read_back.ts";

/** How the export is called in messages. */
const NAME = "<export>";

/** Reports everything that `apply` would refuse; variables count as set. */
export function checkExport(text: string, { projects }: Export, diagnostics: Diagnostics): void {
  const { graph, found } = readBack(new Map([[NAME, text]]), true);
  diagnostics.reads(NAME);
  // Names are those of the entities, because the graph of a text with mistakes is not complete.
  const flags = unknownFlags(graph, new Map(projects.map((one) => [one.name, featureNames(one)])));
  const conditions = new Set(flags.map(({ span }) => span.start));
  // A flag that is not declared is a missing reference, too; what is meant is the condition.
  const others = found.sorted().filter(({ code, severity, span }) =>
    severity === "error" && !(code === "FP251" && span !== undefined && conditions.has(span.start))
  );
  for (const { code, span, message, hint } of [...others, ...flags]) {
    diagnostics.add("FP444", span, `apply would refuse this (${code}): ${message}`, hint);
  }
}
