/**
 * A part of `deno task test:matrix` that fits into every run: all shipped sets on the newest release; on the oldest, with
 * `FULL_TESTS` also on two between, the sets that have most kinds of rows. `older_releases_test.ts` has all sets on one between.
 */
import assert from "node:assert/strict";
import { runSets } from "../../scripts/matrix/run_sets.ts";
import { PRESET_NAMES } from "../../src/presets/names.ts";
import { isFull } from "../support/property.ts";

const FEW = ["demo", "e2e"];

const SCHEMAS: readonly (readonly [schema: string, sets: readonly string[]])[] = [
  ["2.100.2", FEW],
  ...(isFull() ? [["2.150.0", FEW], ["2.238.0", FEW]] as const : []),
  ["2.274.0", PRESET_NAMES],
];

for (const [schema, sets] of SCHEMAS) {
  Deno.test(`${sets.join(", ")}: applied twice, planned, reported, exported, reset and torn down on ${schema}`, async () => {
    const { result } = await runSets(schema, sets);
    assert.equal(result, "ok");
  });
}
