/** teardown(apply(x)) = x for any set, on empty and on populated instances, and for updates of what another run made. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { type DatabaseOptions, type TestDatabase, withDatabase } from "../support/database.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { replayed } from "../support/given.ts";
import { holdsForSets, runSet } from "../support/property.ts";
import { changeOf } from "../support/random_set/mutation.ts";
import { runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

const RECORDINGS = ["older/2.265.0/core", "dev", "e2e"];

/** An empty database, or for half of the seeds one that the application filled. */
function populated(seed: number): DatabaseOptions {
  if (seed % 2 !== 0) return {};
  return { given: replayed(RECORDINGS[Math.abs(seed / 2) % RECORDINGS.length] ?? "") };
}

async function teardown({ url }: TestDatabase, ...args: readonly string[]): Promise<void> {
  const { code, err } = await runCli(["teardown", ...args, "--yes"], { databaseUrl: url });
  assert.equal(code, 0, err);
}

async function lastRun(sql: Sql): Promise<string> {
  const [row] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
  return String(row?.["run_id"]);
}

/** Environment → everything that SDKs are told of its flags, and when the document changed last. */
function flagsOf(dump: Dump): ReadonlyMap<number, { readonly flags: string; readonly changed: number }> {
  const rows = (table: string) => dump.get(table) ?? [];
  return new Map(
    rows("environments_environment").map((environment) => {
      const states = rows("features_featurestate").filter((s) => s["environment_id"] === environment["id"]);
      const ids = new Set(states.map((s) => s["id"]));
      const of = (table: string) => rows(table).filter((row) => ids.has(row["feature_state_id"] ?? null));
      const flags = [
        states,
        of("features_featurestatevalue"),
        of("multivariate_multivariatefeaturestatevalue"),
        rows("features_feature").filter((f) => f["project_id"] === environment["project_id"]),
        rows("segments_segment").filter((s) => s["project_id"] === environment["project_id"]),
        rows("features_featuresegment").filter((s) => s["environment_id"] === environment["id"]),
      ];
      const changed = Date.parse(String(environment["updated_at"]));
      return [Number(environment["id"]), { flags: JSON.stringify(flags), changed }];
    }),
  );
}

/** Throws unless `updated_at` of every environment whose flags changed moved forward. */
function assertTold(before: Dump, after: Dump): void {
  const earlier = flagsOf(before);
  for (const [id, { flags, changed }] of flagsOf(after)) {
    const was = earlier.get(id);
    if (was === undefined || was.flags === flags) continue;
    assert.ok(
      changed > was.changed,
      `Environment ${id} has other flags, and its updated_at says nothing of it`,
    );
  }
}

Deno.test("teardown takes back any set, on empty and on populated instances", async () => {
  await holdsForSets(4, async (set) => {
    await withDatabase(populated(set.seed), async (database) => {
      const before = await dumpTables(database.sql);
      await runSet(set, database.url);
      await teardown(database, "--all");
      assertTornDown(before, await dumpTables(database.sql));
    });
  });
});

Deno.test("teardown of any update restores what the run before it made, and then all of that", async () => {
  await holdsForSets(3, async (set) => {
    await withDatabase(populated(set.seed), async (database) => {
      const { sql, url } = database;
      const { before: first, after: second } = changeOf(set);
      const empty = await dumpTables(sql);
      await runSet(first, url);
      const before = await dumpTables(sql);
      const run = await lastRun(sql);
      await runSet(second, url, ["--on-exists", "update"]);
      const between = await dumpTables(sql);
      assertTold(before, between);
      if (await lastRun(sql) !== run) await teardown(database, "--run", await lastRun(sql));
      const after = await dumpTables(sql);
      assertTornDown(before, after);
      assertTold(between, after);
      await teardown(database, "--all");
      assertTornDown(empty, await dumpTables(sql));
    });
  });
});

Deno.test("teardown of three runs that change any set to and fro leaves nothing, in any order", async () => {
  await holdsForSets(3, async (set) => {
    await withDatabase(populated(set.seed), async (database) => {
      const { sql, url } = database;
      const { before: first, after: second } = changeOf(set);
      const empty = await dumpTables(sql);
      const runs: string[] = [];
      for (const wish of [first, second, first]) {
        await runSet(wish, url, ["--on-exists", "update"]);
        runs.push(await lastRun(sql));
      }
      // A run that had nothing to do is none.
      const order = ORDERS[Math.abs(set.seed) % ORDERS.length]?.map((at) => runs[at] ?? "") ?? [];
      for (const run of new Set(order)) await teardown(database, "--run", run, "--cascade");
      assertTornDown(empty, await dumpTables(sql));
    });
  });
});

const ORDERS: readonly (readonly number[])[] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [
  2,
  1,
  0,
]];
