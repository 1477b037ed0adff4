/** Flags that conditions of a segment ask for, which Flagsmith keeps an index of since 2.274.0. */
import { flagOfProperty } from "../../flagsmith/json_path.ts";
import type { FieldPath } from "../kind.ts";

/** One condition about a flag. */
export interface FlagReference {
  /** The exact name of the flag. */
  readonly flag: string;
  /** From the item to the property, as declared. */
  readonly path: FieldPath;
  /** From `rules_data` to the condition, as Flagsmith writes it: `$[0].rules[0].conditions[0]`. */
  readonly conditionPath: string;
}

/** A rule as declared, as far as its conditions go. */
interface Rule {
  readonly conditions?: readonly { readonly property?: string | undefined }[] | undefined;
}

/** A rule with those nested in it. */
interface OuterRule extends Rule {
  readonly rules?: readonly Rule[] | undefined;
}

/** The conditions about flags in the order of `rules_data`: those of a rule, then those of its nested rules. */
export function flagReferences(
  { rules = [] }: { readonly rules?: readonly OuterRule[] | undefined },
): readonly FlagReference[] {
  return rules.flatMap((outer, at) => {
    const own = conditionsOf(
      outer.conditions,
      ["rules", at],
      // A rule that has conditions alone is stored one level deeper, see `storedRules`.
      outer.rules === undefined ? `$[${at}].rules[0]` : `$[${at}]`,
    );
    const nested = (outer.rules ?? []).flatMap((inner, below) =>
      conditionsOf(inner.conditions, ["rules", at, "rules", below], `$[${at}].rules[${below}]`)
    );
    return [...own, ...nested];
  });
}

function conditionsOf(
  conditions: Rule["conditions"],
  path: FieldPath,
  rulePath: string,
): readonly FlagReference[] {
  return (conditions ?? []).flatMap(({ property }, at): readonly FlagReference[] => {
    const flag = property === undefined ? undefined : flagOfProperty(property);
    return flag === undefined ? [] : [{
      flag,
      path: [...path, "conditions", at, "property"],
      conditionPath: `${rulePath}.conditions[${at}]`,
    }];
  });
}
