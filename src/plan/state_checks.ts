/** Checks of feature states and overrides against what is live. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { spanAt } from "../documents/read.ts";
import type { Resource } from "../graph/resource.ts";
import type { KindName } from "../kinds/kind.ts";
import type { LiveRow } from "../kinds/live.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import { type Known, title } from "./plan.ts";
import type { DatabaseState } from "./state.ts";

/** True for kinds whose rows are states of features. */
export function isStateKind(kind: KindName): boolean {
  return kind === "feature_state" || kind === "segment_override" || kind === "identity_override";
}

/** In a versioned environment a change of a live flag is a new version, which this release does not publish yet. */
export function refuseVersioned(resource: Resource, live: LiveRow, diagnostics: Diagnostics): void {
  if (stateExtra(live).versioned) {
    diagnostics.add(
      "FP304",
      resource.span,
      `${
        title(resource)
      } lies in an environment with feature versioning, where this release does not change live flags`,
      "Change it in the dashboard, which publishes a new version",
    );
  }
}

/** Refuses what cannot be written beside live flags: a state that should be there and is not, and overrides of versioned flags. */
export function checkStateCreation(
  resource: Resource,
  state: DatabaseState,
  known: Known,
  diagnostics: Diagnostics,
): void {
  const environment = resource.references.get("environment");
  const isNew = (need: Resource | undefined): boolean =>
    need !== undefined && known.get(need.index)?.action === "create";
  if (isNew(resource.parent) || isNew(environment)) return;
  const versioned = environment !== undefined &&
    state.live.get(environment.index)?.[0]?.row["use_v2_feature_versioning"] === true;
  if (resource.kind === "feature_state") {
    diagnostics.add(
      "FP304",
      resource.span,
      `${title(resource)} cannot be set: the live feature has no state in this environment`,
      "Flagsmith creates one for each feature in each environment; the database is damaged",
    );
  } else if (resource.kind === "segment_override" && versioned) {
    diagnostics.add(
      "FP304",
      resource.span,
      `${
        title(resource)
      } lies in an environment with feature versioning, where this release does not change live flags`,
      "Add it in the dashboard, which publishes a new version",
    );
  }
}

/** Reports allocations to options that the feature does not have. */
export function checkOptions(
  resource: Resource,
  options: readonly { readonly key: string | null }[],
  diagnostics: Diagnostics,
): void {
  const { declaration } = resource;
  if (declaration === undefined) return;
  const wanted: unknown = Reflect.get(declaration.fields, "multivariate");
  for (const [at, allocation] of (Array.isArray(wanted) ? wanted : []).entries()) {
    const option = String(Object(allocation).option);
    if (options.some((o, position) => o.key === option || String(position + 1) === option)) continue;
    const names = options.map((o, position) => o.key ?? String(position + 1));
    diagnostics.add(
      "FP204",
      spanAt(declaration.node, ["multivariate", at, "option"]),
      `Feature "${resource.parent?.name}" has no option "${option}"`,
      names.length === 0 ? "It has no multivariate_options" : `Its options are ${names.join(", ")}`,
    );
  }
}
