/** Shares of the options of flags, as far as files alone decide (`share_checks.ts` for what is live). */
import { isKind } from "../declarations/declaration.ts";
import { holdsMocked } from "../declarations/mend.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Graph } from "../graph/resource.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { featureStateSpec } from "../kinds/feature_state/spec.ts";
import { child } from "../source/node.ts";
import { keptShares, type Option, overlaid, reportSum } from "./shares.ts";

/** Reports what files alone decide: the state of a feature that they declare, beside the shares that its options begin with. */
export function checkDeclaredShares({ resources }: Graph, diagnostics: Diagnostics): void {
  for (const resource of resources) {
    const { declaration, parent } = resource;
    const feature = parent?.declaration;
    if (resource.kind !== featureStateSpec.name || declaration === undefined || feature === undefined) {
      continue;
    }
    if (!isKind(feature, featureSpec.name) || declaration.policy.ensure === "absent") continue;
    // What is wrong with the options themselves was reported, and says all.
    const own = child(feature.node, "multivariate_options");
    if (holdsMocked(own) || (own !== undefined && diagnostics.hasErrorIn(own.span))) continue;
    if (holdsMocked(child(declaration.node, "multivariate"))) continue;
    const options = (feature.fields.multivariate_options ?? []).filter((o) => o.ensure !== "absent").map((
      { key, percentage_allocation: share = 100 },
      at,
    ): Option => ({ id: `new ${at}`, key: key ?? null, share, added: true }));
    reportSum(resource, overlaid(keptShares(new Map(), options, true), resource, options), 100, diagnostics);
  }
}
