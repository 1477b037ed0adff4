/** Declarations that meet in one live row: whatever each of them says, the other one would undo it at the next run. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf } from "../diagnostics/source_file.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { liveName } from "../snapshot/renamed.ts";
import { title } from "./plan.ts";

/** Reports each declaration whose address or live row another one has; the places of both are named. */
export function reportMeetings(
  { resources }: Graph,
  { live, addresses }: Pick<Snapshot, "live" | "addresses">,
  diagnostics: Diagnostics,
): void {
  const byAddress = new Map<string, Resource>();
  const byRow = new Map<string, Resource>();
  const met = new Set<Resource>();
  for (const resource of resources) {
    if (resource.declaration === undefined) continue;
    const { kind, index, span, parent } = resource;
    const address = addresses[index] ?? "";
    const row = live.get(index)?.[0]?.row;
    const at = row === undefined ? undefined : JSON.stringify([kind, row[LIVE_TABLES[kind].primaryKey]]);
    const other = byAddress.get(address) ?? (at === undefined ? undefined : byRow.get(at));
    if (other === undefined) {
      byAddress.set(address, resource);
      if (at !== undefined) byRow.set(at, resource);
      continue;
    }
    met.add(resource);
    // What is below entities that meet meets with them.
    if (parent !== undefined && met.has(parent)) continue;
    const { label } = ALL_SPECS[kind];
    const name = row === undefined ? undefined : liveName(kind, row);
    diagnostics.add(
      "FP201",
      span,
      byAddress.get(address) === other
        ? `${title(resource)} is declared twice: another reference leads to the same ${label}`
        : `${title(resource)} is declared twice: ${label} "${other.name}" is the same row of the database${
          name === undefined ? "" : `, "${name}"`
        }`,
      `The other declaration is at ${placeOf(other.span)}; remove one of them, or rename the row back`,
    );
  }
}
