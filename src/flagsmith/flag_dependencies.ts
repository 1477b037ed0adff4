/** Flags that depend on other flags: an override for a segment, a condition of which asks for a flag. */

/** Flag → the flags that its overrides in one environment depend on. */
export type Dependencies<T> = ReadonlyMap<T, ReadonlySet<T>>;

/** The shortest way from a flag along what it depends on back to itself, both ends included; undefined when there is none. */
export function circleOf<T>(flag: T, dependencies: Dependencies<T>): readonly T[] | undefined {
  const cameFrom = new Map<T, T>();
  for (let frontier: readonly T[] = [flag]; frontier.length > 0;) {
    const next: T[] = [];
    for (const from of frontier) {
      for (const to of dependencies.get(from) ?? []) {
        if (cameFrom.has(to)) continue;
        cameFrom.set(to, from);
        next.push(to);
      }
    }
    if (cameFrom.has(flag)) return wayTo(flag, cameFrom);
    frontier = next;
  }
  return undefined;
}

function wayTo<T>(flag: T, cameFrom: ReadonlyMap<T, T>): readonly T[] {
  const way = [flag];
  for (let at = cameFrom.get(flag); at !== undefined && at !== flag; at = cameFrom.get(at)) way.unshift(at);
  return [flag, ...way];
}
