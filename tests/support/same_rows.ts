/** Whether two databases hold the same up to ids, uuids, made-up keys and times. */
import assert from "node:assert/strict";
import { type Colours, refine } from "./colour_refinement.ts";
import { isUnrecorded } from "./compare_recording.ts";
import type { Dump } from "./dump.ts";
import type { Recording } from "./recordings.ts";
import type { FactRow, Facts } from "./row_facts.ts";
import { runFacts } from "./run_facts.ts";

/** No passwords and no literals to expect. */
const NOTHING: Recording = { name: "", via: "", release: "", rows: {}, updated: {}, deleted: {}, clock: {} };

/** Throws unless `got` holds the rows of `wanted`, in any order; shows rows that only one has. Not the log's. */
export function assertSameRows(
  got: Dump,
  wanted: Dump,
  excluded: (table: string) => boolean = () => false,
): void {
  const skip = (table: string): boolean => isUnrecorded(table) || excluded(table);
  const [a, b] = [got, wanted].map((after) => runFacts({ before: new Map(), after }, NOTHING, false, skip));
  if (a === undefined || b === undefined) return;
  const [first, second] = [refine(a), refine(b)];
  const rounds = Math.max(first.length, second.length);
  const [mine, theirs] = [refine(a, rounds - 1), refine(b, rounds - 1)];
  for (let round = 0; round < rounds; round++) {
    const more: readonly string[] = onlyIn(a, mine, theirs, round);
    const less: readonly string[] = onlyIn(b, theirs, mine, round);
    assert.deepEqual([more, less], [[], []], `Rows differ (round ${round})`);
  }
}

/** Rows of one side whose colour the other side has less often; in words, sorted. */
function onlyIn(facts: Facts, own: Colours, other: Colours, round: number): readonly string[] {
  const left = new Map<string, number>();
  for (const colour of other[round] ?? []) left.set(colour, (left.get(colour) ?? 0) + 1);
  return facts.rows.filter((_row, at) => {
    const colour = own[round]?.[at] ?? "";
    const count = left.get(colour) ?? 0;
    left.set(colour, count - 1);
    return count <= 0;
  }).map(words).sort();
}

function words({ table, cells }: FactRow): string {
  const columns = [...cells].map(([column, cell]) => `${column}=${cell.kind === "plain" ? cell.text : "…"}`);
  return `${table}: ${columns.join(" ")}`;
}
