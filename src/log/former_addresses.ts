/**
 * Addresses that an entity had before it, or something that its address names, was renamed: the log goes on knowing it by
 * those. Pure.
 */
import { addressDepth, kindAndAncestors, kindOfAddress, partsOfAddress } from "../kinds/address.ts";
import { ALL_SPECS, type KindName } from "../kinds/specs.ts";

/** A rename, by this tool or by somebody else. */
export interface Rename {
  /**
   * Its place in the log; `Infinity` for one of this run. Of one that somebody else made only the earliest place is known: behind
   * the last event that the new address has of another row, and -1 without such.
   */
  readonly seq: number;
  /** Behind which place the events of the former address are those of somebody else; undefined when it is `seq`. */
  readonly until?: number;
  /** Addresses before and after it. */
  readonly from: string;
  readonly to: string;
}

/** How long an address was that of an entity. */
export interface Former {
  /** The place in the log behind which its events are those of somebody else: the old name is free then. */
  readonly until: number;
  /** The place up to which events of the entity's later address are those of somebody else. */
  readonly since: number;
}

/** An address on the way back. */
interface Step {
  readonly address: string;
  readonly until: number;
  readonly since?: number;
  /** The kinds whose renames of this run led here. */
  readonly now?: readonly KindName[];
}

/** Former addresses of an address. `renames` are by the address that they led to. */
export function formerAddresses(
  address: string,
  renames: ReadonlyMap<string, readonly Rename[]>,
): ReadonlyMap<string, Former> {
  const found = new Map<string, Former>();
  const queue: Step[] = [{ address, until: Infinity }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const { named, withFormer } of namedIn(next.address)) {
      for (const { seq, until = seq, from } of renames.get(named) ?? []) {
        const former = withFormer(from);
        // A later rename to the same name is about another entity, unless it is one of this run; in one run names change at once.
        const now = seq === Infinity ? kindOfAddress(named) : undefined;
        if (now !== undefined && next.now?.includes(now) === true) continue;
        if (seq > next.until || former === address || (found.get(former)?.until ?? -1) >= until) continue;
        const since = next.since ?? seq;
        found.set(former, { until, since });
        queue.push({
          address: former,
          until,
          since,
          now: [...next.now ?? [], ...now === undefined ? [] : [now]],
        });
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
  // A row of a table without a kind is named by nothing but its own address.
  if (kind === undefined) return [{ named: address, withFormer: (from) => from }];
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
    // What several names identify together has more of them than its depth says.
    const length = ancestor === kind ? path.length : addressDepth(ancestor);
    return {
      named: `${ancestor}:${path.slice(0, length).join("/")}`,
      withFormer: (from) => `${kind}:${[...partsOfAddress(from), ...path.slice(length)].join("/")}`,
    };
  });
  return [...own, ...above];
}
