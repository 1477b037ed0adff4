/** Values that a file may choose and that no two rows may have, chosen twice: what the files alone decide. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import type { UniqueValue } from "../kinds/kind.ts";
import { ALL_SPECS, type AnyFields } from "../kinds/specs.ts";
import { child } from "../source/node.ts";
import { Secret } from "../source/secret.ts";

/**
 * Reports each value of `KindSpec.unique` that two declared entities choose. Left out are entities that may stay
 * undone: those that are to be absent, those of `only_if_none`, and values that stand in for variables.
 */
export function checkChosenTwice({ resources }: Graph, diagnostics: Diagnostics): void {
  const chosen = new Map<string, Resource>();
  for (const resource of resources) {
    const { declaration, kind, parent } = resource;
    if (
      declaration === undefined || declaration.policy.ensure === "absent" || declaration.policy.onlyIfNone
    ) {
      continue;
    }
    for (const unique of ALL_SPECS[kind].unique ?? []) {
      const value = unique.value(declaration.fields);
      const node = child(declaration.node, unique.field);
      if (value === undefined || (node?.kind === "scalar" && node.mocked)) continue;
      const text = value instanceof Secret ? value.reveal() : value;
      const within = unique.within === "parent" ? parent?.index : undefined;
      const key = JSON.stringify([kind, unique.column, within, text]);
      const other = chosen.get(key);
      if (other !== undefined) reportChosenTwice(resource, other, unique, diagnostics);
      else chosen.set(key, resource);
    }
  }
}

/** Reports that two entities choose one value. */
export function reportChosenTwice(
  resource: Resource,
  other: Resource,
  { what }: UniqueValue<AnyFields>,
  diagnostics: Diagnostics,
): void {
  const named = ({ kind, name }: Resource): string => `${ALL_SPECS[kind].label} "${name}"`;
  diagnostics.add(
    "FP303",
    resource.span,
    `The ${what} of ${named(resource)} is chosen for ${named(other)} too`,
    "Choose another one for one of them",
  );
}
