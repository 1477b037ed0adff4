/** Many processes at once on an empty database, as pods of one deployment start. */
import assert from "node:assert/strict";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { ended, start } from "../support/program.ts";

const PROCESSES = 20;
const ROUNDS = 20;
const WAITING = 10;
/** The same key as the tool's own lock. */
const LOCK =
  "hashtextextended('flagsmith-provision ' || current_database() || ' ' || coalesce(to_regclass('organisations_organisation')::oid::text, ''), 0)";

const FILES = [
  "--file",
  "examples/config/00-people.yaml",
  "--file",
  "examples/config/10-web-app.yaml",
];

/** Rows without what is random or depends on time. */
async function shape({ sql }: TestDatabase): Promise<unknown> {
  const tables = [...await dumpTables(sql)].filter(([table]) => table !== "provisioning_log");
  const random =
    /^(uuid|api_key|password|hashed_key|prefix|.*_at|.*_date|live_from|date_joined|created|updated|history_date|environment_feature_version_id)$/;
  return tables.map(([table, rows]) => [
    table,
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).filter(([column]) =>
          !random.test(column) && !(table === "api_keys_masterapikey" && column === "id")
        ),
      )
    ),
  ]);
}

/** Holds the tool's lock until at least `WAITING` sessions wait for it, then lets go; gives how many were waiting. */
async function barrier({ sql }: TestDatabase, running: Promise<unknown>): Promise<number> {
  let over = false;
  void running.finally(() => {
    over = true;
  });
  return await sql.begin(async (transaction) => {
    await transaction.unsafe(`SELECT pg_advisory_xact_lock(${LOCK})`);
    for (let waiting = 0;;) {
      if (over) return waiting;
      const [row] = await sql`select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and not l.granted and a.datname = current_database()`;
      waiting = Number(row?.["n"]);
      if (waiting >= WAITING) return waiting;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

Deno.test(`${PROCESSES} processes at once create everything exactly once, ${ROUNDS} rounds`, async () => {
  const alone = await createDatabase();
  const single = await ended(start(FILES, { env: { DATABASE_URL: alone.url } }));
  assert.equal(single.code, 0, single.err);
  const wanted = await shape(alone);
  await alone.drop();
  for (let round = 1; round <= ROUNDS; round++) {
    const database = await createDatabase();
    try {
      const processes = Promise.all(
        Array.from({ length: PROCESSES }, () => ended(start(FILES, { env: { DATABASE_URL: database.url } }))),
      );
      const waiting = await barrier(database, processes);
      const results = await processes;
      assert.ok(waiting >= WAITING, `round ${round}: only ${waiting} waited`);
      assert.deepEqual(results.map((r) => r.code), results.map(() => 0), results.map((r) => r.err).join(""));
      assert.equal(results.filter((r) => r.out.includes("Created")).length, 1, `round ${round}`);
      assert.deepEqual(await shape(database), wanted, `round ${round}`);
      const [log] = await database.sql`select count(distinct run_id)::int as runs from provisioning_log`;
      assert.equal(log?.["runs"], 1);
    } finally {
      await database.drop();
    }
  }
});
