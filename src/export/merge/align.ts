/** Which items of two lists belong together, when both keep their order. */

/** More pairs than these are not looked at. */
const MAX_PAIRS = 1_000_000;

/**
 * For each item of `a` the index of its partner in `b`, such that partners are in the same order in both and their likeness
 * adds up to the most. Undefined where two do not go together; undefined as a whole for lists that are too long.
 */
export function align<A, B>(
  a: readonly A[],
  b: readonly B[],
  likeness: (one: A, other: B) => number | undefined,
): readonly (number | undefined)[] | undefined {
  if (a.length * b.length > MAX_PAIRS) return undefined;
  const width = b.length + 1;
  // best[i, j]: the most that the items from i and from j on can come to.
  const best = new Float64Array((a.length + 1) * width);
  const at = (i: number, j: number): number => best[i * width + j] ?? 0;
  const scores = a.map((one) => b.map((other) => likeness(one, other)));
  const paired = (i: number, j: number): number => {
    const score = scores[i]?.[j];
    return score === undefined ? -1 : score + at(i + 1, j + 1);
  };
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      best[i * width + j] = Math.max(at(i + 1, j), at(i, j + 1), paired(i, j));
    }
  }
  const partners: (number | undefined)[] = a.map(() => undefined);
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (paired(i, j) === at(i, j)) partners[i++] = j++;
    else if (at(i + 1, j) === at(i, j)) i++;
    else j++;
  }
  return partners;
}
