/** A figure that a case measured, and how it is written. */

/** What the samples count. */
export type Unit = "s" | "MB" | "×" | "trips" | "writes" | "scans";

/** One line of the table. */
export interface Figure {
  readonly case: string;
  /** What was measured, in a few words. */
  readonly what: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  /** The most that the median may be; `undefined` for a floor or what is told for information. */
  readonly limit?: number;
  /** The median of what the median is compared with, in the same unit. */
  readonly floor?: number;
}

/** The middle value; of an even number of values the lower one of the middle two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN;
}

/** True when the figure has no limit or its median keeps it. */
export function keepsLimit({ samples, limit }: Figure): boolean {
  return limit === undefined || median(samples) <= limit;
}

function written(value: number, unit: Unit): string {
  if (unit === "s") return `${value.toFixed(3)} s`;
  if (unit === "MB") return `${value.toFixed(0)} MB`;
  if (unit === "×") return `${value.toFixed(2)} ×`;
  return String(value);
}

const HEAD = ["case", "figure", "median", "min", "max", "ratio to floor", "goal", ""];

/** The table, a line per figure, in columns. */
export function tableLines(figures: readonly Figure[]): readonly string[] {
  const cells = figures.map((figure) => {
    const { unit, samples, limit, floor } = figure;
    const say = (value: number): string => written(value, unit);
    return [
      figure.case,
      figure.what,
      say(median(samples)),
      say(Math.min(...samples)),
      say(Math.max(...samples)),
      floor === undefined ? "" : `${(median(samples) / floor).toFixed(2)} ×`,
      limit === undefined ? "" : `≤ ${say(limit)}`,
      limit === undefined ? "" : keepsLimit(figure) ? "ok" : "over",
    ];
  });
  const widths = HEAD.map((head, at) => Math.max(...[HEAD, ...cells].map((row) => (row[at] ?? head).length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => at < 2 || at === 7 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))
      .join("  ").trimEnd();
  return [line(HEAD), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)];
}
