/**
 * The process is killed, asked to end, or loses its server session, at any moment: the database is as before or as after,
 * nothing is left behind, and the next run does what is missing. With `FULL_TESTS=1` fifty times.
 */
import assert from "node:assert/strict";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { DATA, FAULT_TABLE } from "../support/fault_data.ts";
import { keepState, schemaObjects } from "../support/kept_state.ts";
import { type Ended, ended, start } from "../support/program.ts";
import { runCli } from "../support/run_cli.ts";

const FULL = Deno.env.get("FULL_TESTS") === "1";
const HELD = FULL ? 36 : 6;
const RANDOM = FULL ? 14 : 4;

type Way = "SIGKILL" | "SIGTERM" | "SIGINT" | "pg_terminate_backend";
const WAYS: readonly Way[] = ["SIGKILL", "SIGTERM", "pg_terminate_backend", "SIGINT"];

/** Tables in the order in which a run writes them: it is held before each, with what it wrote already in its transaction. */
const TABLES = [
  "users_ffadminuser",
  "organisations_organisation",
  "projects_project",
  "environments_environment",
  "segments_segment",
  "features_feature",
  "features_featurestate",
  "features_historicalfeaturestate",
  "environments_identity",
];

/** Values that differ between two runs that did the same. */
const CHANCE =
  /^(uuid|password|.*_at|.*_date|live_from|date_joined|created|updated|history_date|environment_feature_version_id|api_key|hashed_key|run_id|seq|rows|source|actor)$/;

/** Rows without what is chance, in an order without chance; failures in the log are left out. */
function shape(dump: Dump): string {
  return JSON.stringify([...dump].map(([table, rows]) => [
    table,
    rows.filter((row) => row["event"] !== "failed" || table !== "provisioning_log").map((row) =>
      JSON.stringify(Object.entries(row).filter(([column]) => !CHANCE.test(column)))
        // The id of a master API key ends with the hash of its value.
        .replace(/pbkdf2_sha256\$[^"]+/, "")
    ).sort(),
  ]));
}

async function sessions({ sql }: TestDatabase): Promise<readonly { pid: number; open: boolean }[]> {
  return await sql<{ pid: number; open: boolean }[]>`
    select pid, xact_start is not null and application_name ~ ' [0-9a-f]{32}$' as open from pg_stat_activity
    where datname = current_database() and application_name like 'flagsmith-provision%'`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until a session of the tool waits for a lock inside of a run's transaction; undefined when the process ended. */
async function held(database: TestDatabase, over: () => boolean): Promise<number | undefined> {
  while (!over()) {
    const [row] = await database.sql`select pid from pg_stat_activity where datname = current_database()
      and application_name ~ '^flagsmith-provision apply [0-9a-f]{32}$' and wait_event_type = 'Lock' and xact_start is not null`;
    if (row !== undefined) return Number(row["pid"]);
    await pause(5);
  }
  return undefined;
}

async function strike(way: Way, process: Deno.ChildProcess, database: TestDatabase): Promise<void> {
  if (way !== "pg_terminate_backend") {
    try {
      process.kill(way);
    } catch {
      // It has ended by itself.
    }
    return;
  }
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'flagsmith-provision%'`;
}

/** What the process may say, given what became of the database. */
function assertSaid(way: Way, { code, out, err }: Ended, state: "before" | "after", inside: boolean): void {
  const said = `${way} ${state} ${code}: ${out}${err}`;
  if (code === 0) return assert.equal(state, "after", said);
  switch (way) {
    case "SIGKILL":
      return assert.equal(code, 137, said);
    case "SIGTERM":
    case "SIGINT":
      assert.equal(code, way === "SIGTERM" ? 143 : 130, said);
      if (inside) {
        assert.equal(
          err.split("\n").filter((line) => !line.startsWith("Working:")).join("\n"),
          "error: Interrupted; the run was rolled back and nothing was changed\n",
        );
      }
      // Before it listens, and after it has closed its session, a signal ends it without a word.
      if (state === "before") assert.ok(out === "" && !err.includes("had been committed"), said);
      else assert.ok(out.includes("Provisioning complete") || err.includes("had been committed"), said);
      return;
    case "pg_terminate_backend":
      assert.equal(code, 69, said);
      assert.equal(state, "before", said);
      return assert.match(
        err,
        /^error: .*(connection to the database was lost|run was rolled back|cannot be reached).* \[FP40[34]\]$/m,
      );
  }
}

Deno.test(`the program is killed ${HELD + RANDOM} times, and nothing is ever half applied`, async (t) => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(file, JSON.stringify({ version: "1.0", ...DATA }));
  const database = await createDatabase();
  const { sql } = database;
  const arguments_ = ["apply", "--file", file];
  const env = { DATABASE_URL: database.url };
  const count = { inside: 0, before: 0, after: 0 };
  try {
    await sql.unsafe(FAULT_TABLE);
    const before = await keepState(database);
    const began = performance.now();
    const whole = await ended(start(arguments_, { env }));
    const duration = performance.now() - began;
    assert.equal(whole.code, 0, whole.err);
    const reference = await dumpTables(sql);
    const after = { shape: shape(reference), objects: await schemaObjects(database) };
    await before.restore(reference);

    for (let round = 0; round < HELD + RANDOM; round++) {
      const way = WAYS[round % WAYS.length] ?? "SIGKILL";
      const table = round < HELD ? TABLES[round % TABLES.length] : undefined;
      let over = false;
      let inside = false;
      const process = start(arguments_, { env });
      const result = ended(process).finally(() => {
        over = true;
      });
      if (table !== undefined) {
        await sql.begin(async (other) => {
          await other.unsafe(`lock table ${table} in share mode`);
          const pid = await held(database, () => over);
          assert.ok(pid !== undefined, `round ${round}: the run was not held at ${table}`);
          inside = true;
          await strike(way, process, database);
          // A process that was killed says nothing to its server, which finds out when it wants to answer.
          if (way !== "SIGKILL") await result;
        });
      } else {
        await pause(duration * (0.3 + 0.8 * Math.random()));
        inside = (await sessions(database)).some((session) => session.open);
        await strike(way, process, database);
      }
      const said = await result;
      for (const limit = performance.now() + 10_000; (await sessions(database)).length > 0;) {
        assert.ok(performance.now() < limit, `round ${round}: a session is left`);
        await pause(10);
      }
      const [locks] = await sql`select count(*)::int as n from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
      assert.equal(locks?.["n"], 0, `round ${round}: a lock is left`);

      const dump = await dumpTables(sql);
      const objects = JSON.stringify(await schemaObjects(database));
      const isBefore = shape(dump) === shape(before.dump) && objects === JSON.stringify(before.objects);
      const isAfter = shape(dump) === after.shape && objects === JSON.stringify(after.objects);
      assert.ok(
        isBefore || isAfter,
        `round ${round}: ${way} at ${table ?? "random"} left neither before nor after`,
      );
      assertSaid(way, said, isBefore ? "before" : "after", table !== undefined);
      if (table !== undefined) assert.ok(isBefore, `round ${round}`);
      count[isBefore ? "before" : "after"] += 1;
      count.inside += inside ? 1 : 0;

      await before.restoreSequences();
      const stdin = JSON.stringify({ version: "1.0", ...DATA });
      const again = await runCli(["apply", "-f", "-"], { databaseUrl: database.url, stdin });
      assert.equal(again.code, 0, again.err);
      const done = await dumpTables(sql);
      assert.equal(shape(done), after.shape, `round ${round}: the next run`);
      await before.restore(done);
    }
    await t.step(
      `${
        HELD + RANDOM
      } times killed, ${count.inside} inside of the transaction: ${count.before} before, ${count.after} after`,
      () => assert.ok(count.inside >= HELD),
    );
  } finally {
    await database.drop();
    await Deno.remove(file);
  }
});
