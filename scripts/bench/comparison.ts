/** Two builds side by side. */
import { median } from "./figure.ts";

/** What both builds took for the same work, run in turn: the samples of one place are a pair. */
export interface Comparison {
  readonly case: string;
  /** Seconds. */
  readonly before: readonly number[];
  /** Seconds. */
  readonly after: readonly number[];
}

/** How much more the second build takes, as a share: 0.05 is 5 % more. The median of the pairs, so that one slow moment counts once. */
export function growth({ before, after }: Comparison): number {
  return median(before.map((seconds, at) => (after[at] ?? NaN) / seconds)) - 1;
}

/** The table, a line for each comparison. */
export function comparisonLines(comparisons: readonly Comparison[]): readonly string[] {
  const seconds = (values: readonly number[]): string => `${median(values).toFixed(3)} s`;
  const rows = comparisons.map((one) => {
    const percent = growth(one) * 100;
    return [
      one.case,
      seconds(one.before),
      seconds(one.after),
      `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`,
    ];
  });
  const head = ["case", "before", "after", "growth"];
  const widths = head.map((name, at) => Math.max(...[head, ...rows].map((row) => (row[at] ?? name).length)));
  return [head, widths.map((width) => "-".repeat(width)), ...rows].map((row) =>
    row.map((cell, at) => at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)).join("  ")
  );
}
