/** What the record does not say of the export of identities: their traits. */
import { idIn, textIn } from "../../flagsmith/cell.ts";
import type { ExportedRow, KindExport, StateRow, Told } from "../exported.ts";
import { traitTree } from "../stored_value_tree.ts";
import { mapping, type Tree } from "../value_tree.ts";

/** Identities with their traits. */
export const identityExport: KindExport = {
  related: [{ table: "environments_trait", column: "identity_id" }],
  tell({ row, name, where }: ExportedRow, { below, states, report }): Told {
    const id = idIn(row, "id");
    const entries = (below("environments_trait", "identity_id").get(id) ?? []).flatMap(
      (trait): [string, Tree][] => {
        const key = textIn(trait, "trait_key");
        const value = traitTree(trait);
        if (value !== undefined && key !== "" && !key.includes("${")) return [[key, value]];
        const why = value === undefined
          ? "has no value that the format can say, and is left out"
          : "has a key that the format cannot express, and is omitted";
        report("FP441", `"traits.${key}" of identity "${name}"${where} ${why}`);
        return [];
      },
    ).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      fields: { traits: { value: mapping(entries), implied: entries.length === 0 } },
      // An override creates the identity that it names.
      implied: entries.length === 0 && overridden(states).has(id),
    };
  },
};

const known = new WeakMap<object, ReadonlySet<number>>();

/** Identities that overrides name. */
function overridden(states: readonly StateRow[]): ReadonlySet<number> {
  const found = known.get(states) ??
    new Set(states.map(({ row }) => idIn(row, "identity_id")).filter((id) => id >= 0));
  known.set(states, found);
  return found;
}
