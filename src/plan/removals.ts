/** What a run removes before it writes. */
import type { Resource } from "../graph/resource.ts";
import type { Surroundings } from "../snapshot/contents.ts";
import { holderKey, uniqueValuesOf } from "../snapshot/taken_values.ts";
import type { Plan } from "./plan.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { removedByNewVersion } from "./state_checks.ts";
import type { RowSet } from "../database/row_set.ts";
import type { Removal, RemovalRequest } from "../removal/remove_entities.ts";

/** What a run removes before it writes, and for whom. */
export interface PlannedTakeAway extends RemovalRequest {
  /** Environments whose chosen key a deleted row of ours still holds. */
  readonly freeing: readonly Resource[];
}

/** A removal, and what of it needs consent although nothing is to be absent. */
export interface PlannedRemoval extends Removal, PlannedTakeAway {
  /** What others created below deleted rows of ours whose keys are chosen again. */
  readonly others: RowSet;
}

/** What goes before anything is written: entities that are to be absent, and deleted rows of ours that hold a chosen key. */
export function removalsOf(plan: Plan, contents: Surroundings, state: Snapshot): PlannedTakeAway {
  const leaving: RemovalRequest["leaving"][number][] = [];
  const roots = new Map<string, Set<string>>();
  const add = (table: string, id: unknown): void =>
    void roots.set(table, (roots.get(table) ?? new Set()).add(String(id)));
  const freeing: Resource[] = [];
  for (const decision of plan.decisions) {
    const { action, resource } = decision;
    const { declaration } = resource;
    const address = state.addresses[resource.index] ?? "";
    if (removedByNewVersion(decision)) continue;
    if (action === "delete") {
      leaving.push({
        kind: resource.kind,
        live: decision.live,
        withOrganisations: declaration?.policy.withOrganisations === true,
        address,
      });
    } else if (action === "create") {
      const own = state.events.get(address)?.rows.own;
      for (const wanted of uniqueValuesOf(decision)) {
        const holder = contents.taken.get(holderKey(wanted, undefined));
        if (holder?.deleted !== true || own?.uuid === undefined || own.uuid !== holder.uuid) continue;
        add(wanted.table, holder.id);
        freeing.push(resource);
      }
    }
  }
  const gone = plan.rows.filter((d) => d.action === "delete");
  for (const { resource: { row }, primaryKey, live } of gone) {
    add(row.table, live?.[primaryKey]);
  }
  return { leaving, roots, named: gone.map((d) => ({ kind: "row", address: d.resource.address })), freeing };
}
