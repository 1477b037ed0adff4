/** Checks of feature states and overrides against what is live. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isKind } from "../declarations/declaration.ts";
import { spanAt } from "../declarations/places.ts";
import type { Resource } from "../graph/resource.ts";
import { keysAfter } from "../kinds/feature/option_live_rows.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { isSegmentOverride } from "../kinds/state_kinds.ts";
import type { OptionReference } from "../kinds/rows.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import type { Decision } from "./plan.ts";

/**
 * True for an override that is to go from a versioned environment: its rows belong to a version that stays, so a new
 * version without it is published.
 */
export function removedByNewVersion(decision: Decision): boolean {
  return decision.action === "delete" && isSegmentOverride(decision.resource.kind) &&
    stateExtra(decision.live).versioned;
}

/** The options that a live feature has once the run has changed them. */
export function optionsAfter(
  feature: Resource | undefined,
  decision: Decision | undefined,
  live: readonly OptionReference[],
): readonly { readonly key: string | null }[] {
  const declaration = feature?.declaration;
  return decision?.action === "update" && declaration !== undefined && isKind(declaration, featureSpec.name)
    ? keysAfter(declaration.fields.multivariate_options, live)
    : live;
}

/** Reports allocations to options that the feature does not have, and options that are named by place and by key. */
export function checkOptions(
  resource: Resource,
  options: readonly { readonly key: string | null }[],
  diagnostics: Diagnostics,
): void {
  const { declaration } = resource;
  if (declaration === undefined) return;
  const wanted: unknown = Reflect.get(declaration.fields, "multivariate");
  const allocated = new Map<number, string>();
  for (const [at, allocation] of (Array.isArray(wanted) ? wanted : []).entries()) {
    const option = String(Object(allocation).option);
    const position = optionPosition(options, option);
    const other = position === undefined ? undefined : allocated.get(position);
    if (other !== undefined) {
      diagnostics.add(
        "FP201",
        spanAt(declaration.node, ["multivariate", at, "option"]),
        `Option "${option}" is allocated twice`,
        `"${other}" names the same one`,
      );
    }
    if (position !== undefined) {
      allocated.set(position, option);
      continue;
    }
    const names = options.map((o, position) => o.key ?? String(position + 1));
    diagnostics.add(
      "FP204",
      spanAt(declaration.node, ["multivariate", at, "option"]),
      `Feature "${resource.parent?.name}" has no option "${option}"`,
      names.length === 0 ? "It has no multivariate_options" : `Its options are ${names.join(", ")}`,
    );
  }
}

/** Place of an option that a file names by key or by its place from 1; a key that looks like a place comes first. */
function optionPosition(
  options: readonly { readonly key: string | null }[],
  option: string,
): number | undefined {
  const byKey = options.findIndex((o) => o.key === option);
  const found = byKey >= 0 ? byKey : options.findIndex((_, position) => String(position + 1) === option);
  return found < 0 ? undefined : found;
}
