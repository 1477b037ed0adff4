/** What a run removes before it writes. */
import { isKind } from "../declarations/declaration.ts";
import type { LiveContents } from "../snapshot/contents.ts";
import type { Plan } from "./plan.ts";
import type { DatabaseState } from "../snapshot/state.ts";
import { leavesVersion } from "./state_checks.ts";
import type { TakeAway } from "../removal/take_away.ts";

/** What goes before anything is written: entities that are to be absent, and deleted rows of ours that hold a chosen key. */
export function removalsOf(plan: Plan, contents: LiveContents, state: DatabaseState): TakeAway {
  const leaving: TakeAway["leaving"][number][] = [];
  const keys = new Set<string>();
  for (const decision of plan.decisions) {
    const { action, resource } = decision;
    const { declaration } = resource;
    const address = state.addresses[resource.index] ?? "";
    if (leavesVersion(decision)) continue;
    if (action === "delete") {
      leaving.push({
        kind: resource.kind,
        live: decision.live,
        withOrganisations: declaration?.policy.withOrganisations === true,
        address,
      });
    } else if (action === "create" && declaration !== undefined && isKind(declaration, "environment")) {
      const holder = contents.takenKeys.get(declaration.fields.api_key ?? "");
      const own = state.events.get(address)?.rows.own;
      if (holder?.deleted === true && own?.uuid !== undefined && own.uuid === holder.uuid) {
        keys.add(String(holder.id));
      }
    }
  }
  const roots = new Map<string, Set<string>>(
    keys.size === 0 ? [] : [["environments_environment", keys]],
  );
  const gone = plan.rows.filter((d) => d.action === "delete");
  for (const { resource: { row }, primaryKey, live } of gone) {
    const known = roots.get(row.table) ?? new Set<string>();
    roots.set(row.table, known.add(String(live?.[primaryKey])));
  }
  return { leaving, roots, named: gone.map((d) => ({ kind: "row", address: d.resource.address })) };
}
