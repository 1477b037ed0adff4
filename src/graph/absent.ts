/** What is to be absent stands alone: nothing that is to exist may belong or refer to it. */
import { capitalize } from "../diagnostics/capitalize.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf } from "../diagnostics/source_file.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import type { Resource } from "./resource.ts";

/** Reports entities that need one which is declared absent. */
export function checkAbsent(resources: readonly Resource[], diagnostics: Diagnostics): void {
  for (const resource of resources) {
    if (resource.declaration === undefined || isAbsent(resource)) continue;
    const needs = [
      ...(resource.parent === undefined ? [] : [resource.parent]),
      ...resource.references.values(),
    ];
    const gone = needs.find(isAbsent);
    if (gone === undefined) continue;
    const { label } = ALL_SPECS[resource.kind];
    diagnostics.add(
      "FP125",
      resource.span,
      `${capitalize(label)} "${resource.name}" needs ${
        ALL_SPECS[gone.kind].label
      } "${gone.name}", which is declared absent`,
      `ensure: absent is said at ${placeOf(gone.span)}`,
    );
  }
}

function isAbsent(resource: Resource): boolean {
  return resource.declaration?.policy.ensure === "absent";
}
