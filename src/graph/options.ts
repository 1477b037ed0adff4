/** Options of features that states and overrides name. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isKind } from "../declarations/declaration.ts";
import { holdsMocked, isMocked } from "../declarations/mend.ts";
import { spanAt } from "../declarations/places.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { child } from "../source/node.ts";
import type { Resource } from "./resource.ts";

/** Tells of each allocation to an option that the declared feature does not declare: only a live feature could have it. */
export function reportUndeclaredOptions(
  resources: readonly Resource[],
  code: "FP250" | "FP251",
  diagnostics: Diagnostics,
): void {
  for (const { declaration, parent } of resources) {
    const feature = parent?.declaration;
    if (declaration === undefined || feature === undefined || !isKind(feature, featureSpec.name)) continue;
    const options = feature.fields.multivariate_options ?? [];
    // An option whose key is wrong may be the one that is meant.
    if (holdsMocked(child(feature.node, "multivariate_options"))) continue;
    const wanted: unknown = Reflect.get(declaration.fields, "multivariate");
    for (const [at, allocation] of (Array.isArray(wanted) ? wanted : []).entries()) {
      const option = String(Object(allocation).option);
      if (isMocked(declaration.node, ["multivariate", at, "option"])) continue;
      if (options.some((o, position) => o.key === option || String(position + 1) === option)) continue;
      const names = options.map((o, position) => o.key ?? String(position + 1));
      diagnostics.add(
        code,
        spanAt(declaration.node, ["multivariate", at, "option"]),
        `Option "${option}" of feature "${parent?.name}" is not declared in any file${
          code === "FP250" ? " and must exist in the database" : ""
        }`,
        names.length === 0 ? undefined : `Its declared options are ${names.join(", ")}`,
      );
    }
  }
}
