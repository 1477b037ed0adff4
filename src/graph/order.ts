/** A deterministic order in which everything comes after what it needs. */

/** Something with dependencies. */
export interface Ordered<T> {
  /** Its own place when dependencies do not say otherwise: compared as text. */
  readonly rank: string;
  readonly needs: readonly T[];
}

/** The result of ordering: either a full order, or a cycle (the first element is repeated at the end). */
export type Order<T> = { readonly kind: "order"; readonly items: readonly T[] } | {
  readonly kind: "cycle";
  readonly path: readonly [T, ...T[]];
};

/**
 * Sorts by rank, then moves what is needed in front of what needs it. The result depends on ranks and dependencies only,
 * never on the order of `items`.
 */
export function topologicalOrder<T>(items: readonly T[], describe: (item: T) => Ordered<T>): Order<T> {
  const described = new Map(items.map((item) => [item, describe(item)]));
  const rankOf = (item: T): string => described.get(item)?.rank ?? "";
  const sort = (list: readonly T[]): T[] =>
    [...list].sort((a, b) => (rankOf(a) < rankOf(b) ? -1 : rankOf(a) > rankOf(b) ? 1 : 0));
  const done: T[] = [];
  const state = new Map<T, "open" | "done">();
  for (const root of sort(items)) {
    // An explicit stack: a chain of ten thousand references must not exhaust the call stack.
    const stack: { item: T; rest: T[] }[] = [];
    const enter = (item: T): void => {
      state.set(item, "open");
      stack.push({ item, rest: sort((described.get(item)?.needs ?? []).filter((n) => described.has(n))) });
    };
    if (!state.has(root)) enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.shift();
      if (next === undefined) {
        state.set(top.item, "done");
        done.push(top.item);
        stack.pop();
      } else if (state.get(next) === "open") {
        const from = stack.findIndex((entry) => entry.item === next);
        return { kind: "cycle", path: [next, ...stack.slice(from + 1).map((entry) => entry.item), next] };
      } else if (!state.has(next)) enter(next);
    }
  }
  return { kind: "order", items: done };
}
