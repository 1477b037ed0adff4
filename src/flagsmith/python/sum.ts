/** Python's `sum()` of floats. */

/**
 * The sum as Python gives it from 3.12 on: with the compensation of Neumaier, so that 0.2 + 99.4 + 0.4 is 100. Flagsmith
 * compares such sums of percentages with 100.
 */
export function pythonSum(values: Iterable<number>): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
  return Number.isFinite(lost) ? sum + lost : sum;
}
