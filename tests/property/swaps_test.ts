/** Names and unique values that change hands: plan foretells it, apply does it, all is in sync, and teardown takes it back. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { holdsForSets } from "../support/property.ts";
import { swapsOf } from "../support/random_set/swaps.ts";
import { runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

async function run({ url }: TestDatabase, document: unknown, ...args: readonly string[]): Promise<string> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  const { code, out, err } = await runCli([...args, "--file", "-"], { databaseUrl: url, stdin });
  assert.equal(code, 0, out + err);
  return out;
}

async function teardown({ url }: TestDatabase, ...args: readonly string[]): Promise<void> {
  const { code, out, err } = await runCli(["teardown", ...args, "--yes"], { databaseUrl: url });
  assert.equal(code, 0, out + err);
}

const UPDATE = ["--on-exists", "update"];

/** Plans and applies a wish; gives its run, undefined when there was nothing to do. */
async function apply(database: TestDatabase, wish: unknown): Promise<string | undefined> {
  const counted = (text: string): readonly (string | undefined)[] =>
    ["create", "update", "adopt", "delete"].map((word) =>
      new RegExp(`(\\d+) (?:to )?${word}`).exec(text)?.[1]
    );
  const planned = await run(database, wish, "plan", ...UPDATE);
  const said = await run(database, wish, "apply", ...UPDATE);
  const last = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";
  const nothing = planned === "Nothing to do.\n";
  if (!nothing) {
    assert.deepEqual(counted(last(said)).slice(0, 2), counted(last(planned)).slice(0, 2), planned + said);
  }
  assert.equal(await run(database, wish, "plan", ...UPDATE), "Nothing to do.\n");
  await run(database, wish, "status", "--detailed-exitcode");
  if (nothing) return undefined;
  const [row] = await database.sql`select run_id from provisioning_log order by seq desc limit 1`;
  return String(row?.["run_id"]);
}

Deno.test("names and unique values change hands as plan says, and are taken back run by run", async () => {
  await holdsForSets(2, async ({ seed }) => {
    await withDatabase({}, async (database) => {
      const [first, second, third] = swapsOf(seed, 3);
      const empty = await dumpTables(database.sql);
      await apply(database, first);
      const before = await dumpTables(database.sql);
      const run = await apply(database, second);
      const between = await dumpTables(database.sql);
      const later = await apply(database, third);
      assert.doesNotMatch(JSON.stringify([...await dumpTables(database.sql)]), /flagsmith-provision:/);
      if (later !== undefined) await teardown(database, "--run", later);
      assertTornDown(between, await dumpTables(database.sql));
      if (run !== undefined) await teardown(database, "--run", run);
      assertTornDown(before, await dumpTables(database.sql));
      await teardown(database, "--all");
      assertTornDown(empty, await dumpTables(database.sql));
    });
  });
});

Deno.test("runs in which names and unique values change hands are undone in any order", async () => {
  await holdsForSets(2, async ({ seed }) => {
    await withDatabase({}, async (database) => {
      const empty = await dumpTables(database.sql);
      const runs: string[] = [];
      for (const wish of swapsOf(seed, 3)) {
        const run = await apply(database, wish);
        if (run !== undefined) runs.push(run);
      }
      const [first, ...rest] = seed % 2 === 0 ? runs.toReversed() : runs;
      const order = seed % 3 === 0 ? [...rest, first] : [first, ...rest.toReversed()];
      for (const run of order) await teardown(database, "--run", String(run), "--cascade");
      assertTornDown(empty, await dumpTables(database.sql));
    });
  });
});
