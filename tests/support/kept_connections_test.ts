import assert from "node:assert/strict";
import { withDatabase } from "./database.ts";
import { KEPT } from "./kept_connections.ts";
import { runCli } from "./run_cli.ts";
import { openTestSession } from "./session.ts";
import { query } from "../../src/database/statement.ts";

const DOCUMENT = JSON.stringify({ version: "1.0", organisations: [{ name: "O" }] });

Deno.test("runs of one test share a connection, which has another name between them", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    const seen = async () =>
      await sql<{ pid: number; name: string }[]>`select pid, application_name as name from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
    const world = { databaseUrl: url, stdin: DOCUMENT };
    assert.equal((await runCli(["apply", "--file", "-"], world)).code, 0);
    const first = await seen();
    assert.equal((await runCli(["plan", "--file", "-"], world)).code, 0);
    assert.deepEqual(first.map(({ name }) => name), [KEPT]);
    assert.deepEqual(await seen(), first);
  });
});

Deno.test("a kept connection has the name of its run, and no setting, temporary table or lock of the run before", async () => {
  await withDatabase({}, async ({ url }) => {
    const before = await openTestSession(url);
    await before.script("leave traces", [
      query`SELECT set_config('search_path', 'nowhere', false), pg_advisory_lock(7)::text`,
      query`SELECT 1 AS one INTO TEMP TABLE left_behind`,
    ]);
    await before.close();
    const after = await openTestSession(url);
    const answers = await after.script("look for traces", [
      query`SELECT current_setting('search_path') AS path, current_setting('application_name') AS name,
        to_regclass('pg_temp.left_behind')::text AS left, pg_backend_pid()::text AS pid,
        (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks`,
    ]);
    const { pid, ...state } = Object(answers[0]?.[0]);
    assert.deepEqual(state, {
      path: '"$user", public',
      name: "flagsmith-provision test",
      left: null,
      locks: 0,
    });
    assert.match(String(pid), /^\d+$/);
    await after.close();
  });
});

Deno.test("a connection is not kept when a transaction is open, a statement was cancelled or the connection was lost", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    const count = async () =>
      (await sql`select 1 from pg_stat_activity where datname = current_database() and application_name = ${KEPT}`)
        .length;
    const opened = await openTestSession(url);
    await opened.script("begin", [query`BEGIN`]);
    await opened.close();
    const cancelled = await openTestSession(url);
    const asked = cancelled.script("wait", [query`SELECT pg_sleep(60)::text`]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    cancelled.interrupt();
    await assert.rejects(asked);
    await cancelled.close();
    const lost = await openTestSession(url);
    lost.destroy();
    await lost.close();
    assert.equal(await count(), 0);
  });
});

Deno.test("a run that does not close its connection fails its test", async () => {
  await assert.rejects(
    withDatabase({}, async ({ url }) => {
      await openTestSession(url);
    }),
    { message: "Connections that runs of flagsmith-provision left open: 1" },
  );
});
