/** The nearest known names for a mistyped one. */
import { placeOf, type Span } from "./source_file.ts";

/**
 * Up to `limit` candidates within an edit distance that grows with the length of `name` (1 for up to 4 characters, 2 for
 * up to 8, then 3, or `bound`), nearest first; an equal name in another case comes before all. Names of one character are never near.
 */
export function nearest(
  name: string,
  candidates: Iterable<string>,
  limit = 3,
  bound = name.length <= 4 ? 1 : name.length <= 8 ? 2 : 3,
): string[] {
  const lower = name.toLowerCase();
  const scored: [number, string][] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === name || Math.abs(candidate.length - name.length) > bound) continue;
    const score = candidate.toLowerCase() === lower ? 0 : distance(lower, candidate.toLowerCase(), bound);
    if (score <= bound && score < candidate.length && score < name.length) scored.push([score, candidate]);
  }
  scored.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
  return scored.slice(0, limit).map(([, candidate]) => candidate);
}

/** `Did you mean "x"?` or `Did you mean "x" or "y"?`; undefined when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(name, candidates);
  return near.length === 0 ? undefined : `Did you mean ${near.map((n) => `"${n}"`).join(" or ")}?`;
}

/** The same for names that files declare, and `others`: the one that is meant comes with its place, when only one is near. */
export function didYouMeanDeclared(
  name: string,
  declared: readonly { readonly name: string; readonly span: Span }[],
  others: Iterable<string> = [],
): string | undefined {
  const names = [...declared.map((d) => d.name), ...others];
  const hint = didYouMean(name, names);
  const [near, another] = nearest(name, names, 2);
  const meant = another === undefined ? declared.find((d) => d.name === near) : undefined;
  return hint === undefined || meant === undefined ? hint : `${hint} It is defined at ${placeOf(meant.span)}`;
}

/** Damerau-Levenshtein distance (adjacent swaps count one); anything above `bound` may be returned as `bound + 1`. */
function distance(a: string, b: string, bound: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    if (row.every((cost) => cost > bound)) return bound + 1;
    before = last;
    last = row;
  }
  return last[b.length] ?? bound + 1;
}
