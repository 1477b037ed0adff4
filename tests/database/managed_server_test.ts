/**
 * A managed server: the role that owns Flagsmith's tables is no superuser, and what other roles' sessions do is hidden from
 * it. TLS is in `tls_test.ts`, a pooler in between in `pgbouncer_test.ts`, a role with grants alone in `grants_test.ts`.
 */
import assert from "node:assert/strict";
import { PRESET_NAMES } from "../../src/presets/names.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { CHANGES, EVERYTHING } from "../support/every_table.ts";
import { quickHash } from "../support/password_hash.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { assertWholeLife } from "../support/whole_life.ts";

/** Runs `test` with the tables, the schema and the database in the hands of a role without any attribute. */
async function withOwner(
  test: (database: TestDatabase, owner: TestDatabase) => Promise<void>,
): Promise<void> {
  await withDatabase({ schema: "2.274.0" }, async (database) => {
    const { sql, url, name } = database;
    const role = `owner_${name}`.slice(0, 63);
    await sql.unsafe(
      `CREATE ROLE "${role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION`,
    );
    try {
      await sql.unsafe(`DO $$ DECLARE r record; BEGIN
        FOR r IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
          EXECUTE format('ALTER TABLE %s OWNER TO %I', r.name, '${role}');
        END LOOP; END $$;
        ALTER SCHEMA public OWNER TO "${role}"; ALTER DATABASE "${name}" OWNER TO "${role}"`);
      const own = new URL(url);
      own.username = role;
      await test(database, { ...database, url: own.href });
    } finally {
      await sql.unsafe(
        `ALTER DATABASE "${name}" OWNER TO postgres; DROP OWNED BY "${role}" CASCADE; DROP ROLE "${role}"`,
      );
    }
  });
}

function run(
  { url }: TestDatabase,
  args: readonly string[],
  document?: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  return runCli(document === undefined ? args : [...args, "--file", "-"], {
    databaseUrl: url,
    env,
    io: { hash: quickHash },
    ...(document === undefined ? {} : { stdin: JSON.stringify({ version: "1.0", ...Object(document) }) }),
  });
}

Deno.test("an owner without attributes applies all sets twice, plans, reports, exports and tears down", async () => {
  await withOwner(async (_database, owner) => await assertWholeLife(owner, PRESET_NAMES));
});

Deno.test("an owner without attributes changes, resets, flushes, adopts, protects and prunes", async () => {
  await withOwner(async (database, owner) => {
    const before = await dumpTables(database.sql);
    const done = async (args: readonly string[], document?: unknown): Promise<void> => {
      const { code, out, err } = await run(owner, args, document, { ENABLE_LOCAL_DATABASE_RESET: "true" });
      assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
    };
    await done(["log", "init"]);
    await done(["apply"], EVERYTHING);
    await done(["apply", "--wait", "5s"], CHANGES);
    await done(["adopt"], EVERYTHING);
    await done(["log", "protect"]);
    await done(["log", "unprotect"]);
    await done(["reset", "--yes"], EVERYTHING);
    await done(["log"]);
    await done(["teardown", "--all", "--yes"]);
    assertTornDown(before, await dumpTables(database.sql));
    await done(["log", "prune"]);
    await done(["apply"], EVERYTHING);
    await done(["reset", "--flush", "--yes"], EVERYTHING);
    await done(["teardown", "--all", "--yes"]);
    assertTornDown(before, await dumpTables(database.sql));
  });
});

const USER = { users: [{ email: "a@example.com" }] };
const HINT =
  "   = hint: Nothing was changed. Wait for the other run, or give a longer --lock-timeout. Since when it is held is shown to the role of that session and to members of pg_read_all_stats\n";

Deno.test("an owner without attributes learns which session of a superuser is in the way, on every command", async () => {
  await withOwner(async (database, owner) => {
    assert.equal((await run(owner, ["apply"], USER)).code, 0);
    const holding = async (
      statement: string,
      args: readonly string[],
      document?: unknown,
    ): Promise<string> => {
      let said = "";
      await database.sql.begin(async (other) => {
        await other.unsafe(statement);
        const [self] = await other`select pg_backend_pid() as pid`;
        const { code, err } = await run(owner, [...args, "--lock-timeout", "100ms"], document);
        assert.equal(code, 75, err);
        said = err.replace(`process ${self?.["pid"]}`, "process P");
      });
      return said;
    };
    const other = { users: [{ email: "b@example.com" }] };
    const lock =
      `select pg_advisory_xact_lock(hashtextextended('flagsmith-provision ' || current_database() || ' ' ||
      to_regclass('organisations_organisation')::oid::text, 0))`;
    for (
      const [args, document] of [[["apply"], other], [["reset", "--yes"], other], [[
        "teardown",
        "--all",
        "--yes",
      ]]] as const
    ) {
      assert.equal(
        await holding(lock, args, document),
        `error: Cannot take the lock: "test" holds the lock (process P, role "postgres") [FP405]\n${HINT}`,
      );
    }
    const table = "lock table users_ffadminuser in access exclusive mode";
    for (
      const [args, document] of [[["apply"], other], [["plan"], other], [["status"], USER], [[
        "export",
        "--organisation",
        "O",
      ]]] as const
    ) {
      assert.match(
        await holding(table, args, document),
        /^error: Cannot [a-z ]+: "test" has locked users_ffadminuser \(process P, role "postgres"\) \[FP405\]\n/,
        args[0],
      );
    }
  });
});
