/** Checks of a plan that need what depends on live rows, or the options of the run. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isKind } from "../declarations/declaration.ts";
import { keysAfter } from "../kinds/feature/option_live_rows.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { Surroundings } from "../snapshot/contents.ts";
import { holderKey, uniqueValuesOf, type WantedValue } from "../snapshot/taken_values.ts";
import { Secret } from "../source/secret.ts";
import type { PlannedRemoval } from "./removals.ts";
import { reportChosenTwice } from "./chosen_twice.ts";
import type { Resource } from "../graph/resource.ts";
import { type Decision, type Plan, title } from "./plan.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { checkOptions, optionsAfter } from "./state_checks.ts";

/** Allocations of new states and overrides name options of live features, which only the contents tell. */
export function checkAllocatedOptions(
  plan: Plan,
  contents: Surroundings,
  state: Snapshot,
  diagnostics: Diagnostics,
): void {
  const decided = new Map(plan.decisions.map((decision) => [decision.resource, decision]));
  for (const { action, resource } of plan.decisions) {
    const feature = resource.parent;
    if (action !== "create" || feature?.kind !== featureSpec.name) continue;
    const id = state.live.get(feature.index)?.[0]?.id;
    const declared = feature.declaration !== undefined && isKind(feature.declaration, featureSpec.name)
      ? keysAfter(feature.declaration.fields.multivariate_options, [])
      : [];
    const options = typeof id === "number"
      ? optionsAfter(feature, decided.get(feature), contents.options.get(id) ?? [])
      : declared;
    checkOptions(resource, options, diagnostics);
  }
}

/** Deleting needs to be allowed; a dry run shows what it would be. */
export function checkDeletions(
  plan: Plan,
  options: { readonly allowDelete: boolean; readonly dryRun: boolean },
  diagnostics: Diagnostics,
): void {
  if (options.allowDelete || options.dryRun) return;
  for (const { action, resource } of plan.rows) {
    if (action !== "delete") continue;
    diagnostics.add(
      "FP320",
      resource.row.span,
      `The row ${resource.address} is live and would be deleted with everything that depends on it`,
      "Look at it with --dry-run, then say --allow-delete",
    );
  }
  for (const { action, resource } of plan.decisions) {
    if (action !== "delete") continue;
    diagnostics.add(
      "FP320",
      resource.span,
      `${title(resource)} is live and would be deleted with everything below it`,
      "Look at it with --dry-run, then say --allow-delete",
    );
  }
}

/** What others created is removed by consent only, also where a key becomes free and nothing is to be absent. */
export function checkFreedKeys(
  removal: PlannedRemoval | undefined,
  options: { readonly allowDelete: boolean; readonly dryRun: boolean },
  diagnostics: Diagnostics,
): void {
  if (options.allowDelete || options.dryRun || removal === undefined || removal.others.size === 0) return;
  const tables = [...removal.others].map(([table, ids]) => `${table} (${ids.size})`).sort().join(", ");
  for (const resource of removal.freeing) {
    diagnostics.add(
      "FP320",
      resource.span,
      `${
        title(resource)
      } takes its key from a deleted one, and what others created there would be removed: ${tables}`,
      "Look at it with --dry-run, then say --allow-delete",
    );
  }
}

/** Reports chosen keys and names that rows hold already, or that two entities choose. */
export function checkTaken(
  plan: Plan,
  contents: Surroundings,
  state: Snapshot,
  diagnostics: Diagnostics,
): void {
  const chosen = new Map<string, Resource>();
  const givenUp = valuesGivenUp(plan.decisions);
  for (const decision of plan.decisions) {
    const { action, resource } = decision;
    const entity = named(resource);
    const own = action === "update" ? decision.live.id : undefined;
    const parent = resource.parent === undefined ? undefined : state.live.get(resource.parent.index)?.[0]?.id;
    for (const wanted of uniqueValuesOf(decision)) {
      const { table, unique: { what, hint } } = wanted;
      const holder = contents.taken.get(holderKey(wanted, parent));
      const isFree = holder === undefined ||
        (holder.id !== undefined && (holder.id === own || givenUp.has(rowValue(wanted, holder.id))));
      if (!isFree) {
        const row = holder.id === undefined ? "a row" : `row ${holder.id}`;
        const holds = plan.decisions.find((d) =>
          d.resource.kind === resource.kind && d.action !== "create" && holder.id !== undefined &&
          d.live?.id === holder.id
        )?.resource;
        diagnostics.add(
          "FP303",
          resource.span,
          `The ${what} of ${entity} is taken: ${row} of ${table} holds it`,
          holds === undefined
            ? hint
            : `${hint}; ${named(holds)} can be given another one in the same run (${
              wanted.unique.rotated === undefined ? "on_exists: update" : "rotate"
            })`,
        );
        continue;
      }
      const key = holderKey(wanted, resource.parent?.index);
      const other = chosen.get(key);
      if (other !== undefined) reportChosenTwice(resource, other, wanted.unique, diagnostics);
      chosen.set(key, resource);
    }
  }
}

function named({ kind, name }: Resource): string {
  return `${ALL_SPECS[kind].label} "${name}"`;
}

/** The unique values that live rows give up in this run, by `rowValue()`: others may take them. */
function valuesGivenUp(decisions: readonly Decision[]): ReadonlySet<string> {
  return new Set(decisions.flatMap((decision) => {
    const { resource: { kind, declaration } } = decision;
    if (decision.action !== "update" || declaration === undefined || typeof decision.live.id !== "number") {
      return [];
    }
    const { live: { id, row }, after, rotates } = decision;
    return (ALL_SPECS[kind].unique ?? []).filter((unique) => {
      if (unique.rotated === undefined) return unique.column in after;
      const value = unique.value(declaration.fields);
      return rotates === true && row[unique.column] !== (value instanceof Secret ? value.reveal() : value);
    }).map((unique) => rowValue({ table: LIVE_TABLES[kind].table, unique }, id));
  }));
}

/** One text for the value that a row holds in the column of a unique value. */
function rowValue({ table, unique }: Pick<WantedValue, "table" | "unique">, id: number): string {
  return JSON.stringify([table, unique.column, id]);
}
