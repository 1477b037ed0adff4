/** Whole data sets as documents against the rows that the application wrote for the same facts. */
import assert from "node:assert/strict";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { loadRecording } from "../support/recordings.ts";
import { applyDocuments } from "../support/run_cli.ts";

async function documentsOf(name: string): Promise<readonly unknown[]> {
  const text = await Deno.readTextFile(new URL(`../data/recordings/${name}.input.json`, import.meta.url));
  const { documents }: { documents: readonly unknown[] } = JSON.parse(text);
  return documents;
}

Deno.test("apply() writes the rows of the E2E seed, and the history of its subscription", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const recording = await loadRecording("e2e");
    const before = await dumpTables(sql);
    await applyDocuments(await documentsOf("e2e"), { databaseUrl: url });
    const after = await dumpTables(sql);
    // The application's seed changes the subscription by a queryset update, which skips the history row of a save.
    const histories = after.get("organisations_historicalsubscription") ?? [];
    const extra = histories.filter((row) => row["history_type"] === "~");
    assert.equal(extra.length, 1);
    const run = {
      before,
      after: new Map([...after, [
        "organisations_historicalsubscription",
        histories.filter((row) => !extra.includes(row)),
      ]]),
    };
    assert.equal(formatDifferences(compareRecording(recording, run)), "");
  });
});
