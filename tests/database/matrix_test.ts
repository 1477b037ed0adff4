/**
 * A part of `deno task test:matrix` that fits into every run: all shipped sets on the newest release; on the oldest and two
 * between the sets that have most kinds of rows.
 */
import assert from "node:assert/strict";
import { runSets } from "../../scripts/matrix/run_sets.ts";
import { PRESET_NAMES } from "../../src/presets/names.ts";

const FEW = ["demo", "e2e"];

const SCHEMAS: readonly (readonly [schema: string, sets: readonly string[]])[] = [
  ["2.100.2", FEW],
  ["2.150.0", FEW],
  ["2.238.0", FEW],
  ["2.274.0", PRESET_NAMES],
];

for (const [schema, sets] of SCHEMAS) {
  Deno.test(`${sets.join(", ")}: applied twice, planned, reported, exported, reset and torn down on ${schema}`, async () => {
    const { result } = await runSets(schema, sets);
    assert.equal(result, "ok");
  });
}
