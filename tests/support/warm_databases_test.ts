import assert from "node:assert/strict";
import { createDatabase, withDatabase } from "./database.ts";
import { KEPT, KeptConnections } from "./kept_connections.ts";
import { canRestore } from "./pristine.ts";
import { runCli } from "./run_cli.ts";
import { WarmDatabases } from "./warm_databases.ts";

/** A content of its own, so that no other test's database is found. */
const given = { key: "warm databases", prepare: () => Promise.resolve() };

Deno.test("a test gets the database and the sessions of the one before it, as new ones would be", async () => {
  const seen: unknown[] = [];
  for (let test = 0; test < 2; test++) {
    await withDatabase({ given }, async ({ url, sql, name }) => {
      const [state] = await sql`select pg_backend_pid() as pid, current_setting('search_path') as path,
        current_user::text as role, to_regclass('provisioning_log')::text as log, (select count(*)::int from organisations_organisation) as rows,
        (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`;
      assert.equal((await runCli(["--preset", "bootstrap"], { databaseUrl: url })).code, 0);
      const runs = await sql`select pid from pg_stat_activity
        where datname = current_database() and application_name = ${KEPT}`;
      seen.push({ ...state, name, runs: runs.map(({ pid }) => pid) });
      await sql`select pg_advisory_lock(7)`;
      await sql`set search_path = nowhere`;
      await sql`set role pg_monitor`;
      if (!await canRestore(sql)) seen.length = 0;
    });
  }
  if (seen.length === 0) return; // a server that cannot restore gives each test a new one
  const [first, second] = seen;
  assert.deepEqual(second, first);
  assert.deepEqual({ ...Object(first), pid: 0, name: "", runs: Object(first)["runs"].length }, {
    pid: 0,
    path: '"$user", public',
    role: "postgres",
    log: null,
    rows: 0,
    locks: 0,
    name: "",
    runs: 1,
  });
});

Deno.test("a test that wants new connections gets no kept session", async () => {
  await withDatabase({ given }, async ({ url }) => {
    assert.equal((await runCli(["--preset", "bootstrap"], { databaseUrl: url })).code, 0);
  });
  await withDatabase({ given, newConnections: true }, async ({ url, sql }) => {
    const sessions = async () =>
      (await sql`select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
        .length;
    assert.equal(await sessions(), 0);
    assert.equal((await runCli(["--preset", "bootstrap"], { databaseUrl: url })).code, 0);
    assert.equal(await sessions(), 0);
  });
});

Deno.test("a test that changes what sessions begin with must say so", async () => {
  const change = (options: { readonly newConnections?: true }) =>
    withDatabase({ given, ...options }, async ({ sql, name }) => {
      await sql.unsafe(`alter database "${name}" set work_mem = '8MB'`);
    });
  await assert.rejects(change({}), {
    message: "A test that changes the settings of its database needs newConnections",
  });
  await change({ newConnections: true });
});

Deno.test("WarmDatabases gives back what was put in last, once, and cools the oldest when there are too many", async () => {
  const database = await createDatabase({ schema: "empty" });
  const kept = new KeptConnections(database.url);
  try {
    const warm = new WarmDatabases();
    const cooled: string[] = [];
    const cool = (content: string) => Promise.resolve(void cooled.push(content));
    for (const [uses, content] of ["a", "b", "b", "c"].entries()) {
      await warm.put(content, { database, kept, uses }, cool);
    }
    assert.deepEqual(cooled, ["a", "b"]);
    assert.equal(warm.take("a"), undefined);
    assert.equal(warm.take("b")?.uses, 2);
    assert.equal(warm.take("b"), undefined);
    await warm.empty(cool);
    assert.deepEqual(cooled, ["a", "b", "c"]);
  } finally {
    await kept.close();
    await database.drop();
  }
});
