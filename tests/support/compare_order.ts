/** Whether rows that belong together are numbered in the recorded order. */
import { type CompareOptions, type Difference, prepare } from "./compare_recording.ts";
import type { Recording } from "./recordings.ts";
import type { Facts } from "./row_facts.ts";
import type { Run } from "./run_facts.ts";

/**
 * A difference for each table in which the inserted rows of one parent have their ids in another order than recorded.
 * `tables` names the column that holds the parent: `multivariate_multivariatefeatureoption` → `feature_id`. Call it
 * when `compareRecording` found nothing, and only where the order means something (the recordings' README, "Order").
 */
export function compareOrder(
  recording: Recording,
  run: Run,
  tables: ReadonlyMap<string, string>,
  options: CompareOptions = {},
): Difference[] {
  const { wanted, got, wantedColours, gotColours } = prepare(recording, run, options);
  const number = (label: string) => Number(/\d+$/.exec(label)?.[0]);
  const sequences = (facts: Facts, colours: readonly string[], table: string, parent: string): string[] => {
    const groups = new Map<string, { readonly id: number; readonly colour: string }[]>();
    facts.rows.forEach((row, index) => {
      if (row.table !== table || row.event !== "inserted") return;
      const cell = row.cells.get(parent);
      const group = cell?.kind === "node" ? cell.node : String(cell?.text);
      groups.set(group, [...groups.get(group) ?? [], {
        id: number(row.label),
        colour: colours[index] ?? "",
      }]);
    });
    return [...groups.values()].map((rows) =>
      rows.sort((a, b) => a.id - b.id).map(({ colour }) => colour).join()
    ).sort();
  };
  return [...tables].flatMap(([table, parent]) => {
    const left = sequences(wanted, wantedColours.at(-1) ?? [], table, parent);
    const right = sequences(got, gotColours.at(-1) ?? [], table, parent);
    if (left.join(";") === right.join(";")) return [];
    return [{
      table,
      row: "(all)",
      column: "id",
      wanted: `the recorded order within ${parent}`,
      got: "another order",
    }];
  });
}
