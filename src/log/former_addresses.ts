/**
 * Addresses that an entity had before it, or something that its address names, was renamed by this tool: the log goes on
 * knowing it by those. Pure.
 */
import { ALL_SPECS, KIND_NAMES, type KindName } from "../kinds/specs.ts";

/** A rename. */
export interface Rename {
  /** Its place in the log; `Infinity` for one of this run. */
  readonly seq: number;
  /** Addresses before and after it. */
  readonly from: string;
  readonly to: string;
}

/**
 * Former addresses of an address, each with the place in the log from which on its events are those of somebody else: the old
 * name is free then. `renames` are by the address that they led to.
 */
export function formerAddresses(
  address: string,
  renames: ReadonlyMap<string, readonly Rename[]>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const queue: { readonly address: string; readonly until: number }[] = [{ address, until: Infinity }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const { named, withFormer } of namedIn(next.address)) {
      for (const { seq, from } of renames.get(named) ?? []) {
        const former = withFormer(from);
        // A later rename to the same name is about another entity, unless it is one of this run.
        if (seq > next.until || former === address || (found.get(former) ?? -1) >= seq) continue;
        found.set(former, seq);
        queue.push({ address: former, until: seq });
      }
    }
  }
  return found;
}

/** Groups renames by where they led to. */
export function byTarget(renames: Iterable<Rename>): ReadonlyMap<string, readonly Rename[]> {
  return Map.groupBy(renames, (rename) => rename.to);
}

/** An entity that an address names, and the address with another one in its place. */
interface Named {
  readonly named: string;
  readonly withFormer: (from: string) => string;
}

function namedIn(address: string): readonly Named[] {
  const colon = address.indexOf(":");
  const kind = KIND_NAMES.find((name) => name === address.slice(0, colon));
  if (kind === undefined) return [];
  const path = address.slice(colon + 1).split("/");
  const { parent, namedBy = [], single } = ALL_SPECS[kind];
  const depth = parent === undefined ? 0 : depthOf(parent);
  const own: Named[] = namedBy.flatMap((by, at) => {
    const part = path[depth + at];
    if (by === undefined || part === undefined) return [];
    return [{
      named: `${by.kind}:${[...path.slice(0, depthOf(by.kind) - 1), part].join("/")}`,
      withFormer: (from) => `${kind}:${path.with(depth + at, partsOf(from).at(-1) ?? part).join("/")}`,
    }];
  });
  const above = ancestors(single === true ? parent : kind).map((ancestor): Named => {
    const length = depthOf(ancestor);
    return {
      named: `${ancestor}:${path.slice(0, length).join("/")}`,
      withFormer: (from) => `${kind}:${[...partsOf(from), ...path.slice(length)].join("/")}`,
    };
  });
  return [...own, ...above];
}

function partsOf(address: string): readonly string[] {
  return address.slice(address.indexOf(":") + 1).split("/");
}

/** The kind and those above it. */
function ancestors(kind: KindName | undefined): readonly KindName[] {
  return kind === undefined ? [] : [kind, ...ancestors(ALL_SPECS[kind].parent)];
}

/** How many names an address of the kind has, where one name identifies it. */
function depthOf(kind: KindName): number {
  return ancestors(kind).length;
}
