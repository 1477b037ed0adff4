/** Reads an export as `apply` would: what it refuses and could not be left out is told now, and not when somebody needs the file. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { FLAGS_IN_CONDITIONS_CHECKED } from "../flagsmith/releases.ts";
import { segment } from "../kinds/segment/index.ts";
import type { Graph } from "../graph/resource.ts";
import { type UnknownFlag, unknownFlags } from "../plan/flag_checks.ts";
import { lower, titleOf } from "./build/context.ts";
import { documentTree } from "./build/document.ts";
import type { Export } from "./build/entity.ts";
import { featureNames } from "./build/feature_names.ts";
import { printDocument } from "./build/print.ts";
import { readBack } from "./merge/read_back.ts";

/** How the export is called in messages. */
const NAME = "<export>";

/** Reports everything that `apply` would refuse; variables count as set. */
export function checkExport(text: string, exported: Export, diagnostics: Diagnostics): void {
  const { graph, found } = readBack(new Map([[NAME, text]]), true);
  diagnostics.reads(NAME);
  const flags = orphans(graph, exported);
  const conditions = new Set(flags.map(({ span }) => span.start));
  // A flag that is not declared is a missing reference, too; what is meant is the condition.
  const others = found.sorted().filter(({ code, severity, span }) =>
    severity === "error" && !(code === "FP251" && span !== undefined && conditions.has(span.start))
  );
  for (const { code, span, message, hint } of others) {
    diagnostics.add("FP444", span, `apply would refuse this (${code}): ${message}`, hint);
  }
  for (const one of flags) {
    diagnostics.add("FP444", one.span, `${refusal(exported)} this (${one.code}): ${one.message}`, one.hint);
  }
}

/** Reports conditions on flags that are not there, by the names of their segments: the texts of a merge are others. */
export function checkConditions(exported: Export, diagnostics: Diagnostics): void {
  const { graph } = readBack(new Map([[NAME, printDocument(documentTree(exported))]]), true);
  for (const { segment: name, project, code, message, hint } of orphans(graph, exported)) {
    const title = lower(titleOf(segment.spec.name, name, ` in project "${project}"`));
    diagnostics.add("FP444", undefined, `${refusal(exported)} ${title} (${code}): ${message}`, hint);
  }
}

/** Names are those of the entities, because the graph of a text with mistakes is not complete. */
function orphans(graph: Graph, { projects }: Export): readonly UnknownFlag[] {
  return unknownFlags(graph, new Map(projects.map((one) => [one.name, featureNames(one)])));
}

/** Older releases take a condition on a flag that is not there. */
function refusal({ checksFlags }: Export): string {
  return checksFlags
    ? "apply would refuse"
    : `Flagsmith ${FLAGS_IN_CONDITIONS_CHECKED} and later would refuse`;
}
