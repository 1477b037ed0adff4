/**
 * Addresses that an entity had before it, or something that its address names, was renamed by this tool: the log goes on
 * knowing it by those. Pure.
 */
import { addressDepth, kindAndAncestors, kindOfAddress, partsOfAddress } from "../kinds/address.ts";
import { ALL_SPECS } from "../kinds/specs.ts";

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
  const kind = kindOfAddress(address);
  if (kind === undefined) return [];
  const path = partsOfAddress(address);
  const { parent, namedBy = [], single } = ALL_SPECS[kind];
  const depth = parent === undefined ? 0 : addressDepth(parent);
  const own: Named[] = namedBy.flatMap((by, at) => {
    const part = path[depth + at];
    if (by === undefined || part === undefined) return [];
    return [{
      named: `${by.kind}:${[...path.slice(0, addressDepth(by.kind) - 1), part].join("/")}`,
      withFormer: (from) => `${kind}:${path.with(depth + at, partsOfAddress(from).at(-1) ?? part).join("/")}`,
    }];
  });
  const above = kindAndAncestors(single === true ? parent : kind).map((ancestor): Named => {
    const length = addressDepth(ancestor);
    return {
      named: `${ancestor}:${path.slice(0, length).join("/")}`,
      withFormer: (from) => `${kind}:${[...partsOfAddress(from), ...path.slice(length)].join("/")}`,
    };
  });
  return [...own, ...above];
}
