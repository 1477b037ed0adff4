/** What the files alone say of renames: one live entity cannot become two. */
import { capitalize } from "../diagnostics/capitalize.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf } from "../diagnostics/source_file.ts";
import { spanAt } from "../declarations/places.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import type { Resource } from "./resource.ts";

/** Reports siblings that are to be made of the same entity (`renamed_from`); both places are named. */
export function checkRenames(resources: readonly Resource[], diagnostics: Diagnostics): void {
  const known = new Map<string, Map<Resource | undefined, Resource>>();
  for (const resource of resources) {
    const { kind, name, parent, declaration } = resource;
    const from = declaration?.policy.renamedFrom;
    if (declaration === undefined || from === undefined) continue;
    const at = `${kind}\0${ALL_SPECS[kind].key(from)}`;
    const siblings = known.get(at) ?? new Map<Resource | undefined, Resource>();
    known.set(at, siblings);
    const other = siblings.get(parent);
    if (other?.declaration === undefined) {
      siblings.set(parent, resource);
      continue;
    }
    diagnostics.add(
      "FP201",
      spanAt(declaration.node, ["renamed_from"]),
      `${
        capitalize(ALL_SPECS[kind].label)
      } "${name}" is to be renamed from "${from}", and so is "${other.name}"`,
      `The other declaration is at ${placeOf(spanAt(other.declaration.node, ["renamed_from"]))}`,
    );
  }
}
