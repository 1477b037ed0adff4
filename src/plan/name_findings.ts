/** Names that stand for nothing, or for more than one thing. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMeanDeclared } from "../diagnostics/suggest.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { LiveRow } from "../kinds/live.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { title } from "./plan.ts";
import type { Snapshot } from "../snapshot/state.ts";

/** Reports several live rows of one name, or one name in several parents. */
export function reportDuplicates(
  resource: Resource,
  live: readonly LiveRow[],
  diagnostics: Diagnostics,
): void {
  const { table, primaryKey } = LIVE_TABLES[resource.kind];
  const parents = new Set(live.map((l) => l.parentName));
  if (resource.parent === undefined && parents.size > 1) {
    const names = [...parents].map((p) => `"${p}"`).sort().join(", ");
    diagnostics.add(
      "FP203",
      resource.span,
      `"${resource.name}" fits more than one ${ALL_SPECS[resource.kind].label}: in ${names}`,
      `Add "${ALL_SPECS[resource.kind].parent}:" beside it`,
    );
    return;
  }
  const ids = live.map((l) => String(l.row[primaryKey])).sort((a, b) => Number(a) - Number(b));
  diagnostics.add(
    "FP301",
    resource.span,
    `The database holds ${live.length} live rows for ${
      title(resource).replace(/^./, (c) => c.toLowerCase())
    }: ${table} ${primaryKey} ${ids.join(", ")}`,
    "Rename or remove one of them; the tool does not guess",
  );
}

/** Reports a name that neither the files nor the database have. */
export function reportMissing(
  resource: Resource,
  graph: Graph,
  state: Snapshot,
  diagnostics: Diagnostics,
): void {
  const { parent } = resource;
  if (parent?.declaration === undefined && parent !== undefined) {
    if (diagnostics.hasErrorIn(parent.span)) return;
  }
  const where = parent === undefined ? "" : ` in ${ALL_SPECS[parent.kind].label} "${parent.name}"`;
  const declared = graph.resources.filter((r) =>
    r.kind === resource.kind && r.declaration !== undefined && (parent === undefined || r.parent === parent)
  );
  const hint = didYouMeanDeclared(resource.name, declared, state.names.get(resource.kind) ?? []);
  diagnostics.add(
    "FP204",
    resource.span,
    `${title(resource)} is not defined${where}`,
    hint ?? "No file declares it and the database does not hold it",
  );
}
