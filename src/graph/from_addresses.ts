/** Entities as addresses alone name them, without files. Pure. */
import { sourceFile } from "../diagnostics/source_file.ts";
import { addressDepth, kindAndAncestors, kindOfAddress, namesOfAddress } from "../kinds/address.ts";
import { ALL_SPECS, type KindName } from "../kinds/specs.ts";
import { type Graph, KEY_SEPARATOR, type Resource } from "./resource.ts";

/** A graph of the entities at some addresses and of what they belong to; what is no address of an entity is left out. */
export function graphOfAddresses(addresses: Iterable<string>): Graph {
  const found = new Map<string, Resource>();
  const add = (kind: KindName, path: readonly string[]): Resource => {
    const name = JSON.stringify([kind, path]);
    const known = found.get(name);
    if (known !== undefined) return known;
    const { parent, single } = ALL_SPECS[kind];
    const depth = parent === undefined ? 0 : addressDepth(parent);
    const above = parent === undefined ? undefined : add(parent, path.slice(0, depth));
    const key = single === true ? "" : path.slice(depth).join(KEY_SEPARATOR);
    const made: Resource = {
      index: found.size,
      kind,
      name: key,
      key,
      parent: above,
      declaration: undefined,
      references: new Map(),
      mentions: new Map(),
      span: { file: sourceFile("", ""), start: 0, end: 0 },
    };
    found.set(name, made);
    return made;
  };
  for (const address of addresses) {
    const kind = kindOfAddress(address);
    const path = namesOfAddress(address);
    if (kind === undefined) continue;
    const { single, namedBy } = ALL_SPECS[kind];
    const above = kindAndAncestors(kind).length - 1;
    const own = single === true ? 0 : Math.max(namedBy?.length ?? 1, 1);
    if (path.length === above + own) add(kind, path);
  }
  return { resources: [...found.values()], rows: [] };
}
