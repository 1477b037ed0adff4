/** Whether the timestamps of a run are in the recorded order. */
import { type CompareOptions, type Difference, prepare } from "./compare_recording.ts";
import { type Json, keyColumn } from "./dump.ts";
import type { Recording } from "./recordings.ts";
import type { Run } from "./run_facts.ts";

/** How strictly to compare timestamps. */
export interface ClockOptions extends CompareOptions {
  /** Let timestamps be equal that differ in the recording; default false. Equal ones must always be equal. */
  readonly allowEqual?: boolean;
}

/**
 * Every pair of neighbouring ranks whose timestamps the run has in another order, or not equal where the recording has
 * the same microsecond. Looks only at rows that can be told from all others; call it when `compareRecording` found nothing.
 */
export function compareClock(recording: Recording, run: Run, options: ClockOptions = {}): Difference[] {
  const { wanted, got, wantedColours, gotColours } = prepare(recording, run, options);
  const unique = (colours: readonly string[]) => {
    const count = new Map<string, number>();
    for (const colour of colours) count.set(colour, (count.get(colour) ?? 0) + 1);
    return new Map(colours.flatMap((colour, index) => count.get(colour) === 1 ? [[colour, index]] : []));
  };
  const ours = unique(gotColours.at(-1) ?? []);
  const stamps: {
    readonly rank: number;
    readonly time: string;
    readonly table: string;
    readonly row: string;
    readonly column: string;
  }[] = [];
  for (const [colour, index] of unique(wantedColours.at(-1) ?? [])) {
    const row = wanted.rows[index];
    const partner = got.rows[ours.get(colour) ?? -1];
    if (row === undefined || partner === undefined) continue;
    const ranks = recording.clock[row.label] ?? recording.clock[`${row.table}:${row.label}`] ?? {};
    const actual = run.after.get(row.table)?.find((candidate) => {
      const key = keyColumn(candidate);
      return key !== undefined && String(candidate[key]) === partner.label;
    });
    for (const [column, rank] of Object.entries(ranks)) {
      const time: Json | undefined = actual?.[column];
      if (typeof time === "string") {
        stamps.push({ rank, time: sortable(time), table: row.table, row: row.label, column });
      }
    }
  }
  const differences: Difference[] = [];
  stamps.sort((a, b) => a.rank - b.rank || (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  for (const [index, stamp] of stamps.entries()) {
    const previous = stamps[index - 1];
    if (previous === undefined) continue;
    const isRight = stamp.rank === previous.rank
      ? stamp.time === previous.time
      : stamp.time > previous.time || (options.allowEqual === true && stamp.time === previous.time);
    if (isRight) continue;
    differences.push({
      table: stamp.table,
      row: stamp.row,
      column: stamp.column,
      wanted: `${
        stamp.rank === previous.rank ? "equal to" : "later than"
      } ${previous.row}.${previous.column} (${previous.time})`,
      got: stamp.time,
    });
  }
  return differences;
}

/** `row_to_json` drops trailing zeros of the fraction; with all six digits text order is time order. */
function sortable(time: string): string {
  const [, start, fraction = ""] = /^([^.+]*)(?:\.(\d+))?/.exec(time) ?? [];
  return `${start}.${fraction.padEnd(6, "0")}`;
}
