/** Every command through PgBouncer in transaction mode, beside other traffic on the same few server connections. */
import assert from "node:assert/strict";
import postgres, { type Sql, type TransactionSql } from "postgres";
import { createDatabase, type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { normalDump } from "../support/normal_dump.ts";
import { findPgBouncer, startPgBouncer } from "../support/pgbouncer.ts";
import { runCli } from "../support/run_cli.ts";
import { requestReset, startServing } from "../support/serving.ts";
import { sharedServer } from "../support/shared_server.ts";

const PROGRAM = findPgBouncer();
/** Server connections that everybody shares. */
const POOL = 2;

const FILES = ["--file", "examples/config/00-people.yaml", "--file", "examples/config/10-web-app.yaml"];

const CHANGED = JSON.stringify({
  version: "1.0",
  defaults: { on_exists: "update" },
  features: [{ name: "dark_mode", project: "Web App", default_enabled: false, description: "Less light" }],
  environments: [{ name: "QA", project: "Web App", identities: [{ identifier: "a", traits: { b: 1 } }] }],
});

/** What a row made by hand is taken over with. */
const ADOPTED = JSON.stringify({ version: "1.0", tags: [{ label: "by hand", project: "Web App" }] });

/** Runs all commands one after another; gives what each said and what the database then held. */
async function commands(url: string, { sql }: TestDatabase): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const run = async (args: readonly string[], stdin = "") => {
    const { code, out, err } = await runCli(args, { databaseUrl: url, stdin });
    seen.push([args, code, plain(out), plain(err)]);
    seen.push([...normalDump(await dumpTables(sql))]);
  };
  await run(["apply", ...FILES]);
  await run(["apply", ...FILES]);
  await run(["plan", "--file", "-", "--detailed-exitcode"], CHANGED);
  await run(["apply", "--file", "-", "--dry-run"], CHANGED);
  await run(["apply", "--file", "-"], CHANGED);
  await run(["status", ...FILES, "--detailed-exitcode"]);
  await run(["log", "--runs"]);
  await sql`insert into tags_tag (label, color, project_id, uuid, is_permanent, is_system_tag, type)
    select 'by hand', '#fff', id, gen_random_uuid(), false, false, 'NONE' from projects_project where name = 'Web App'`;
  await run(["adopt", "--file", "-"], ADOPTED);
  await run(["export", "--organisation", "Acme Corp"]);
  await run(["reset", ...FILES]);
  await run(["teardown", "--all", "--yes", "--cascade"]);
  await run(["log", "prune", "--yes"]);
  await run(["apply", "--preset", "e2e"]);
  const server = await startServing(["--preset", "e2e"], { databaseUrl: url });
  try {
    for (let round = 0; round < 2; round++) {
      const { status, body } = await requestReset(server.port);
      seen.push(["reset through serve", status, body], [...normalDump(await dumpTables(sql))]);
    }
  } finally {
    await server.stop();
  }
  return seen;
}

/** Text without what is random or depends on time. */
function plain(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>")
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?/g, "<time>")
    .replaceAll(/api_key: [A-Za-z0-9]{22}/g, "api_key: <key>")
    .replaceAll(/[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}/g, "<key>");
}

/** What a session could leave behind on a server connection. */
async function leftBehind(sql: TransactionSql): Promise<unknown> {
  const [row] = await sql`select
    (select json_agg(name || '=' || setting order by name) from pg_settings
      where source = 'session' and name <> 'application_name' and name not like 'transaction_%') as settings,
    current_setting('timezone') as timezone, current_setting('lock_timeout') as lock_timeout,
    current_setting('statement_timeout') as statement_timeout,
    current_setting('idle_in_transaction_session_timeout') as idle_timeout,
    current_setting('transaction_isolation') as isolation, current_setting('transaction_read_only') as read_only,
    coalesce(current_setting('flagsmith_provision.prune', true), '') as prune,
    (select count(*)::int from pg_prepared_statements) as prepared,
    (select count(*)::int from pg_cursors where name <> '') as cursors,
    (select count(*)::int from pg_listening_channels()) as channels,
    (select count(*)::int from pg_class where relpersistence = 't') as temporary,
    (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`;
  return row;
}

/** All server connections of the pool: as many transactions at once as it has. */
async function onEachConnection(sql: Sql): Promise<ReadonlyMap<number, unknown>> {
  const all = new Map<number, unknown>();
  const together = Promise.withResolvers<void>();
  await Promise.all(Array.from({ length: POOL }, () =>
    sql.begin(async (transaction) => {
      const [row] = await transaction`select pg_backend_pid() as pid`;
      all.set(Number(row?.["pid"]), await leftBehind(transaction));
      if (all.size === POOL) together.resolve();
      await together.promise;
    })));
  return all;
}

Deno.test({
  name:
    "every command does the same through PgBouncer in transaction mode, and leaves nothing behind on its connections",
  ignore: PROGRAM === undefined,
  fn: async () => {
    const direct = await createDatabase();
    const wanted = await commands(direct.url, direct).finally(() => direct.drop());
    const pooler = await startPgBouncer(PROGRAM ?? "", (await sharedServer()).url, POOL);
    try {
      await withDatabase({ newConnections: true }, async (database) => {
        // Values that nobody else would set, so that a setting of ours which outlives its transaction is seen.
        for (
          const [name, value] of [["timezone", "Asia/Tokyo"], ["lock_timeout", "1h"], [
            "statement_timeout",
            "2h",
          ], ["idle_in_transaction_session_timeout", "3h"]] as const
        ) await database.sql.unsafe(`alter database ${database.name} set ${name} to '${value}'`);
        const url = pooler.through(database.url);
        const others = postgres(url, {
          max: POOL + 1,
          prepare: false,
          fetch_types: false,
          onnotice: () => {},
        });
        try {
          const before = await onEachConnection(others);
          assert.equal(before.size, POOL);
          const [clean] = before.values();
          let over = false;
          let looks = 0;
          const traffic = async () => {
            while (!over) {
              assert.deepEqual(await others.begin(leftBehind), clean);
              looks += 1;
              await new Promise((resolve) => setTimeout(resolve, 5));
            }
          };
          const work = commands(url, database).finally(() => {
            over = true;
          });
          const [seen] = await Promise.all([work, traffic(), traffic()]);
          assert.deepEqual(seen, wanted);
          assert.ok(looks > 100, String(looks));
          const after = await onEachConnection(others);
          assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort(), "the same connections");
          assert.deepEqual([...after.values()], [...before.values()]);
          const [locks] = await database
            .sql`select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database
            where l.locktype = 'advisory' and d.datname = current_database()`;
          assert.equal(locks?.["n"], 0);
        } finally {
          await others.end();
          await pooler.stop();
        }
      });
    } catch (error) {
      await pooler.stop().catch(() => {});
      throw error;
    }
  },
});
