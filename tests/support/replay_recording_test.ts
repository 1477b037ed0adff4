import assert from "node:assert/strict";
import { compareClock } from "./compare_clock.ts";
import { compareRecording, formatDifferences } from "./compare_recording.ts";
import { withDatabase } from "./database.ts";
import { diffDumps, dumpTables } from "./dump.ts";
import { loadRecording, type Recording } from "./recordings.ts";
import { type Replay, replayRecording } from "./replay_recording.ts";
import type { Sql } from "postgres";

/** Replays a recording and returns what the comparison says about it. */
async function replayed(sql: Sql, recording: Recording, after?: Replay): Promise<[Replay, string]> {
  const before = await dumpTables(sql);
  const replay = await replayRecording(sql, recording, after);
  const run = { before, after: await dumpTables(sql) };
  return [replay, formatDifferences([...compareRecording(recording, run), ...compareClock(recording, run)])];
}

for (
  const name of [
    "bootstrap",
    "bootstrap.custom",
    "bootstrap.off",
    "bootstrap.capitals",
    "e2e",
    "dev",
    "dev.orm",
  ]
) {
  Deno.test(`replayRecording() makes the rows of the data set when it is ${name}`, async () => {
    await withDatabase({}, async ({ sql }) => {
      const recording = await loadRecording(name);
      const [, differences] = await replayed(sql, recording);
      assert.equal(differences, "");
      const counts = await dumpTables(sql);
      for (const [table, count] of Object.entries(recording.row_counts ?? {})) {
        assert.equal(counts.get(table)?.length, count, table);
      }
    });
  });
}

for (const part of ["more", "v2", "change", "delete"]) {
  Deno.test(`replayRecording() goes on from the core data set when the recording is core.${part}`, async () => {
    await withDatabase({ schema: "2.265.0-from-2.126.0" }, async ({ sql }) => {
      const [core, first] = await replayed(sql, await loadRecording("older/2.265.0/core"));
      const [, second] = await replayed(sql, await loadRecording(`older/2.265.0/core.${part}`), core);
      assert.deepEqual([first, second], ["", ""]);
    });
  });
}

Deno.test("replayRecording() writes nothing and says which row is missing when the recording starts from other rows", async () => {
  await withDatabase({}, async ({ sql }) => {
    const before = await dumpTables(sql);
    await assert.rejects(replayRecording(sql, await loadRecording("operations/environment.update.orm")), {
      message:
        /^Cannot replay operations\/environment\.update\.orm: the row \$[a-z_]+\.\d is not in the database$/,
    });
    const diff = diffDumps(before, await dumpTables(sql));
    assert.deepEqual([diff.inserted.size, diff.updated.size, diff.deleted.size], [0, 0, 0]);
  });
});
