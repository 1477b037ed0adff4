/** `log` and the commands that keep it: rights, the trigger, pruning, protection, listing, older versions. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { withRole } from "../support/role.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { assertUntouched } from "../support/untouched.ts";

const SHOP = {
  organisations: [{ name: "O" }],
  projects: [{ name: "Web", organisation: "O", environments: [{ name: "Dev" }], features: [{ name: "f" }] }],
};
const OTHER = { organisations: [{ name: "P" }] };

async function run(url: string, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await runCli(args, { databaseUrl: url });
  assert.equal(code, 0, out + err);
  return out;
}

/** Run ids, times and the database's user differ from run to run. */
function settled(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<run>")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "<time>");
}

async function events({ sql }: TestDatabase): Promise<readonly string[]> {
  const rows = await sql`select event, address from provisioning_log order by seq`;
  return rows.map((row) => `${row["event"]} ${row["address"]}`);
}

Deno.test("log lists runs and what they did, newest first, and says how to see more", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([SHOP, OTHER], { databaseUrl: url });
    await run(url, "teardown", "--address", "organisation:P", "--yes");
    assert.equal(
      settled(await run(url, "log")),
      `<time>  teardown  <run>  postgres  organisation:P
  6  deleted  organisation:P
<time>  apply  <run>  postgres  file:-
  5  created  organisation:P
<time>  apply  <run>  postgres  file:-
  4  created  feature:O/Web/f
  3  created  environment:O/Web/Dev
  2  created  project:O/Web
  1  created  organisation:O
`,
    );
    assert.equal(
      settled(await run(url, "log", "--runs")),
      `<time>  teardown  <run>  postgres  organisation:P  1 deleted
<time>  apply  <run>  postgres  file:-  1 created
<time>  apply  <run>  postgres  file:-  4 created
`,
    );
    const limited = await runCli(["log", "--limit", "2"], { databaseUrl: url });
    assert.equal(
      settled(limited.out),
      `<time>  teardown  <run>  postgres  organisation:P
  6  deleted  organisation:P
<time>  apply  <run>  postgres  file:-
  5  created  organisation:P
`,
    );
    assert.equal(limited.err, "note: Only the newest 2 are shown; --limit shows more.\n");
    assert.equal((await runCli(["log", "--limit", "6"], { databaseUrl: url })).err, "");
  });
});

Deno.test("log --verbose shows rows and changed columns, never a secret", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    const stdin = JSON.stringify({
      version: "1.0",
      defaults: { on_exists: "update" },
      features: [{ name: "f", project: "Web", initial_value: "${VALUE}", description: "two\nlines" }],
    });
    const env = { VALUE: "hunter2-hunter2" };
    const result = await runCli(["-f", "-", "--secret-env", "VALUE"], { databaseUrl: url, stdin, env });
    assert.equal(result.code, 0, result.err);
    const [ids] = await sql`select (select max(history_id) from features_historicalfeature) as history`;
    assert.equal(
      settled(await run(url, "log", "--verbose", "--limit", "1")),
      `<time>  apply  <run>  postgres  file:-
  5  updated  feature:O/Web/f
       inserted features_historicalfeature ${ids?.["history"]}
       updated features_feature 1: description null → "two\\nlines", initial_value (secret) → (secret)
`,
    );
    for (const format of ["text", "json", "jsonl"]) {
      const out = await run(url, "log", "--verbose", "--format", format);
      assert.ok(!out.includes("hunter2"), out);
    }
  });
});

Deno.test("log filters by run, address, kind, event and time; all filters hold together", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    await applyDocuments([SHOP], { databaseUrl: url });
    const [between] = await sql<{ at: string }[]>`
      select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`;
    await sql`select pg_sleep(0.002)`;
    await applyDocuments([OTHER], { databaseUrl: url });
    const [first] = await sql`select run_id from provisioning_log order by seq limit 1`;
    const found = async (...args: readonly string[]): Promise<readonly number[]> =>
      JSON.parse(await run(url, "log", "--format", "json", ...args)).events.map((e: { seq: number }) =>
        e.seq
      );
    assert.deepEqual(await found(), [5, 4, 3, 2, 1]);
    assert.deepEqual(await found("--limit", "all"), [5, 4, 3, 2, 1]);
    assert.deepEqual(await found("--run", String(first?.["run_id"]).toUpperCase()), [4, 3, 2, 1]);
    assert.deepEqual(await found("--address", "project:O/Web", "--address", "organisation:P"), [5, 2]);
    assert.deepEqual(await found("--kind", "organisation"), [5, 1]);
    assert.deepEqual(await found("--kind", "organisation", "--kind", "feature", "--limit", "2"), [5, 4]);
    assert.deepEqual(await found("--event", "deleted"), []);
    assert.deepEqual(await found("--since", between?.at ?? ""), [5]);
    assert.deepEqual(await found("--until", between?.at ?? "", "--kind", "organisation"), [1]);
    assert.deepEqual(await found("--since", "1h"), [5, 4, 3, 2, 1]);
    assert.deepEqual(await found("--until", "1h"), []);
    const runs = JSON.parse(await run(url, "log", "--runs", "--format", "json", "--kind", "organisation"));
    assert.deepEqual(runs.runs.map((r: { events: unknown }) => r.events), [{ created: 1 }, { created: 1 }]);
  });
});

Deno.test("log gives programs every column of every event, one a line on request", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    const columns =
      await sql`select attname from pg_attribute where attrelid = 'provisioning_log'::regclass and attnum > 0`;
    const { version, events, more } = JSON.parse(await run(url, "log", "--format", "json", "--limit", "2"));
    assert.deepEqual([version, events.length, more], [1, 2, true]);
    for (const event of events) {
      assert.deepEqual(Object.keys(event).sort(), columns.map((c) => c["attname"]).sort());
    }
    const lines = (await run(url, "log", "--format", "jsonl", "--limit", "2")).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      events.map((event: object) => ({ type: "event", ...event })),
    );
  });
});

Deno.test("log says that there is no log, refuses words it does not know, and writes nothing", async () => {
  await withDatabase({}, async (database) => {
    const { url } = database;
    assert.deepEqual(await runCli(["log"], { databaseUrl: url }), {
      code: 0,
      out: "",
      err: "note: There is no log: this tool has not written to this database.\n",
    });
    const refused = (message: string): CliResult => ({ code: 64, out: "", err: `error: ${message}` });
    assert.deepEqual(
      await runCli(["log", "--event", "create"], { databaseUrl: url }),
      refused('--event takes the name of an event [FP461]\n   = hint: Did you mean "created"?\n'),
    );
    assert.deepEqual(
      await runCli(["log", "--kind", "flag"], { databaseUrl: url }).then((r) => r.code),
      64,
    );
    assert.deepEqual(
      await runCli(["log", "--run", "3"], { databaseUrl: url }),
      refused(
        "--run takes the id of a run [FP461]\n   = hint: flagsmith-provision log --runs lists them\n",
      ),
    );
    await applyDocuments([SHOP], { databaseUrl: url });
    await withRole(database, { tables: "SELECT" }, async (role) => {
      await assertUntouched(database, () => run(role.url, "log"));
      await assertUntouched(database, () => run(role.url, "log", "--runs"));
    });
  });
});

Deno.test("log init lets every other command work with DML rights only", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    const empty = await dumpTables(sql);
    await withRole(database, { tables: "SELECT, INSERT, UPDATE, DELETE", sequences: true }, async (role) => {
      const refused = await runCli(["log", "init"], { databaseUrl: role.url });
      assert.deepEqual([refused.code, refused.out], [1, ""]);
      assert.match(
        refused.err,
        /^error: Cannot create the log: the database user lacks a right: CREATE on schema public \[FP407\]\n/,
      );
      assert.equal(
        await run(url, "log", "init", "--grant", role.name),
        `Created the log (version 2).\nGranted reading and appending to "${role.name}".\n`,
      );
      const stdin = JSON.stringify({ version: "1.0", ...SHOP });
      const own = { databaseUrl: role.url };
      assert.equal((await runCli(["-f", "-"], { ...own, stdin })).code, 0);
      for (const command of [["plan"], ["status"], ["adopt"]]) {
        assert.equal((await runCli([...command, "-f", "-"], { ...own, stdin })).code, 0, command.join(" "));
      }
      assert.equal((await runCli(["log"], own)).code, 0);
      assert.equal((await runCli(["log", "protect"], own)).code, 0);
      assert.equal((await runCli(["teardown", "--all", "--yes"], own)).code, 1);
      assert.equal((await runCli(["log", "unprotect"], own)).code, 0);
      const done = await runCli(["teardown", "--all", "--yes"], own);
      assert.equal(done.code, 0, done.err);
      assertTornDown(empty, await dumpTables(sql));
      // A role that may append may neither change nor drop.
      const prune = await runCli(["log", "prune"], own);
      assert.deepEqual(prune, {
        code: 1,
        out: "",
        err: `error: Only the owner of provisioning_log may prune it [FP460]
   = hint: Run it as the role "postgres". Nothing was changed
`,
      });
      // It may not even with the right to delete.
      await sql.unsafe(`GRANT DELETE ON provisioning_log TO "${role.name}"`);
      await assert.rejects(
        sql.begin(async (tx) => {
          await tx.unsafe(`SET LOCAL ROLE "${role.name}"; SET LOCAL flagsmith_provision.prune TO 'on'`);
          await tx`delete from provisioning_log`;
        }),
        { code: "23001" },
      );
    });
  });
});

Deno.test("log init works twice and at once, needs an existing role, and lets a role with DDL rights own the log", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    await withRole(database, { tables: "SELECT", create: true }, async (role) => {
      const both = await Promise.all([run(role.url, "log", "init"), run(role.url, "log", "init")]);
      assert.deepEqual(both.sort(), [
        "Created the log (version 2).\n",
        "The log is up to date (version 2).\n",
      ]);
      await assertUntouched(database, () => run(role.url, "log", "init"));
      const [owner] =
        await sql`select relowner::regrole::text as owner from pg_class where relname = 'provisioning_log'`;
      assert.equal(owner?.["owner"], role.name);
      assert.deepEqual(await runCli(["log", "init", "--grant", "nobody-here"], { databaseUrl: url }), {
        code: 1,
        out: "",
        err:
          `error: There is no database role "nobody-here" [FP463]\n   = hint: Names of roles are taken as they are written, capitals included. Nothing was changed\n`,
      });
    });
  });
});

Deno.test("the log refuses UPDATE, TRUNCATE and DELETE outside of prune, also of its owner", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    await applyDocuments([SHOP], { databaseUrl: url });
    const before = await dumpTables(sql);
    for (
      const statement of [
        "UPDATE provisioning_log SET kind = kind",
        "DELETE FROM provisioning_log",
        "TRUNCATE provisioning_log",
        "SET flagsmith_provision.prune TO 'on'; UPDATE provisioning_log SET kind = kind",
        "SET flagsmith_provision.prune TO 'on'; TRUNCATE provisioning_log",
        "SET flagsmith_provision.prune TO 'yes'; DELETE FROM provisioning_log",
      ]
    ) {
      await assert.rejects(sql.begin((tx) => tx.unsafe(statement)), { code: "23001" }, statement);
    }
    assert.deepEqual(await dumpTables(sql), before);
  });
});

Deno.test("log prune drops the events of entities that are gone and leaves one event that counts them", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    await applyDocuments([SHOP, OTHER], { databaseUrl: url });
    await assertUntouched(
      database,
      async () => assert.equal(await run(url, "log", "prune"), "Dropped 0 events of 0 entities.\n"),
    );
    await run(url, "teardown", "--address", "organisation:P", "--yes");
    await run(url, "log", "protect");
    const long = await events(database);
    assert.equal(await run(url, "log", "prune", "--before", "1h"), "Dropped 0 events of 0 entities.\n");
    assert.equal(await run(url, "log", "prune", "--dry-run"), "Would drop 2 events of 1 entity.\n");
    assert.deepEqual(await events(database), long);
    assert.equal(await run(url, "log", "prune"), "Dropped 2 events of 1 entity.\n");
    const kept = [
      "created organisation:O",
      "created project:O/Web",
      "created environment:O/Web/Dev",
      "created feature:O/Web/f",
      "protected log:protection",
    ];
    assert.deepEqual(await events(database), [...kept, "pruned log:pruned"]);
    assert.equal(await run(url, "log", "prune"), "Dropped 0 events of 0 entities.\n");
    // What came back and went again is dropped too, and the new event stands for the old one.
    await applyDocuments([OTHER], { databaseUrl: url });
    await run(url, "log", "unprotect");
    await run(url, "teardown", "--address", "organisation:P", "--yes");
    await run(url, "log", "prune");
    assert.deepEqual(await events(database), [...kept, "protected log:protection", "pruned log:pruned"]);
    const [pruned] = await sql`select details, command, actor from provisioning_log where event = 'pruned'`;
    assert.deepEqual({ ...pruned }, {
      details: { dropped: 2, entities: 1, dropped_in_all: 4 },
      command: "log",
      actor: "postgres",
    });
  });
});

Deno.test("teardown after log prune takes back the rest, as if nothing had been pruned", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    const empty = await dumpTables(sql);
    const update = { organisations: [{ name: "O", settings: { force_2fa: true }, on_exists: "update" }] };
    await applyDocuments([SHOP, OTHER, update], { databaseUrl: url });
    const [last] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    await run(url, "teardown", "--address", "organisation:P", "--yes");
    await run(url, "teardown", "--run", String(last?.["run_id"]), "--yes");
    await run(url, "log", "prune");
    const [row] = await sql`select force_2fa from organisations_organisation where name = 'O'`;
    assert.equal(row?.["force_2fa"], false);
    await run(url, "teardown", "--all", "--yes");
    assertTornDown(empty, await dumpTables(sql));
    await run(url, "log", "prune");
    const left = await sql`select event from provisioning_log`;
    assert.deepEqual(left.map((r) => r["event"]), ["pruned"]);
  });
});

Deno.test("log protect makes teardown refuse until log unprotect, and says so once", async () => {
  await withDatabase({}, async (database) => {
    const { url } = database;
    await applyDocuments([OTHER], { databaseUrl: url });
    assert.equal(await run(url, "log", "unprotect"), "This instance is not protected.\n");
    assert.equal(await run(url, "log", "protect"), "This instance is now protected.\n");
    assert.equal(
      await assertUntouched(database, () => run(url, "log", "protect")),
      "This instance is already protected.\n",
    );
    assert.deepEqual(await runCli(["teardown", "--all", "--yes"], { databaseUrl: url }), {
      code: 1,
      out: "",
      err:
        "error: This instance is protected by its log [FP426]\n   = hint: flagsmith-provision log unprotect lifts that. Nothing was changed\n",
    });
    assert.equal(
      settled(await run(url, "log", "--limit", "1")),
      "<time>  log  <run>  postgres  log protect\n  2  protected  log:protection  (on)\n",
    );
    assert.equal(await run(url, "log", "unprotect"), "This instance is now not protected.\n");
    await run(url, "teardown", "--all", "--yes");
  });
});

Deno.test("log protect creates the log of an instance that this tool has not written to", async () => {
  await withDatabase({}, async (database) => {
    await run(database.url, "log", "protect");
    assert.deepEqual(await events(database), ["protected log:protection"]);
  });
});

async function withFirstLog(test: (database: TestDatabase) => Promise<void>): Promise<void> {
  const text = await Deno.readTextFile(new URL("../data/log/first_version.sql", import.meta.url));
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(text);
    await test(database);
  });
}

const NEXT = `version: '1.0'
projects:
  - {name: Web/Shop, organisation: 'Acme, Inc.', features: [{name: dark_mode}, {name: new}]}
`;

Deno.test("log reads the log of the first release, and log init brings it up to date", async () => {
  await withFirstLog(async (database) => {
    const { url, sql } = database;
    assert.equal(
      settled(await run(url, "log", "--runs")),
      "<time>  apply  <run>  postgres  file:first2.yaml  3 updated\n<time>  apply  <run>  postgres  file:first1.yaml  11 created, 1 updated\n",
    );
    await withRole(database, { tables: "SELECT, INSERT, UPDATE, DELETE", sequences: true }, async (role) => {
      const refused = await runCli(["log", "init"], { databaseUrl: role.url });
      assert.deepEqual(refused, {
        code: 1,
        out: "",
        err: `error: The provisioning log has version 1, and this user may not bring it up to date [FP462]
   = hint: Run log init as the role that owns provisioning_log. Nothing was changed
`,
      });
      // It goes on with the log as it is.
      const { code, err } = await runCli(["-f", "-", "--dry-run"], { databaseUrl: role.url, stdin: NEXT });
      assert.equal(code, 0, err);
    });
    const events = await run(url, "log", "--format", "json");
    assert.equal(await run(url, "log", "init"), "Brought the log from version 1 to version 2.\n");
    assert.equal(await run(url, "log", "init"), "The log is up to date (version 2).\n");
    assert.equal(await run(url, "log", "--format", "json"), events);
    assert.deepEqual(
      await shapeOf(sql),
      await withDatabase({}, async (fresh) => {
        await run(fresh.url, "log", "init");
        return await shapeOf(fresh.sql);
      }),
    );
  });
});

/** Columns, indexes, triggers, function and comments of the log. */
async function shapeOf(sql: TestDatabase["sql"]): Promise<unknown> {
  const [row] = await sql`select
    (select json_agg(json_build_array(attname, format_type(atttypid, atttypmod), attnotnull, attidentity, col_description(attrelid, attnum)) order by attnum)
      from pg_attribute where attrelid = 'provisioning_log'::regclass and attnum > 0) as columns,
    (select json_agg(pg_get_indexdef(indexrelid) order by 1::text, pg_get_indexdef(indexrelid)) from pg_index where indrelid = 'provisioning_log'::regclass) as indexes,
    (select json_agg(pg_get_triggerdef(oid) order by tgname) from pg_trigger where tgrelid = 'provisioning_log'::regclass) as triggers,
    pg_get_functiondef('provisioning_log_refuse'::regproc) as function,
    obj_description('provisioning_log'::regclass, 'pg_class') as comment`;
  return { ...row };
}

Deno.test("apply goes on with the log of the first release and brings it up to date where it may", async () => {
  await withFirstLog(async ({ url, sql }) => {
    const { code, out, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin: NEXT });
    assert.deepEqual([code, out], [
      0,
      `Skipped project "Web/Shop" (already exists).
Skipped feature "dark_mode" in project "Web/Shop" (already exists).
Created feature "new" in project "Web/Shop".
Provisioning complete: 1 created, 2 skipped.
`,
    ], err);
    const [row] = await sql`select obj_description('provisioning_log'::regclass, 'pg_class') as comment`;
    assert.match(row?.["comment"], /Log version 2\.$/);
  });
});

Deno.test("teardown takes back what the first release did", async () => {
  await withFirstLog(async ({ url, sql }) => {
    await run(url, "teardown", "--all", "--yes");
    await withDatabase({}, async (fresh) => {
      assertTornDown(await dumpTables(fresh.sql), await dumpTables(sql));
    });
  });
});

Deno.test("log prune brings the log of the first release up to date and drops what was torn down", async () => {
  await withFirstLog(async (database) => {
    const { url, sql } = database;
    // By a role that may not change the table, so that the log stays as the first release made it.
    await withRole(database, { tables: "SELECT, INSERT, UPDATE, DELETE", sequences: true }, async (role) => {
      await run(role.url, "teardown", "--address", "organisation:Acme, Inc.", "--yes");
    });
    const [first] = await sql`select obj_description('provisioning_log'::regclass, 'pg_class') as comment`;
    assert.match(first?.["comment"], /Log version 1\.$/);
    assert.equal(await run(url, "log", "prune"), "Dropped 22 events of 10 entities.\n");
    assert.deepEqual(await events(database), [
      "created user:ada@example.com",
      "updated app_domain:1",
      "updated user:ada@example.com",
      "pruned log:pruned",
    ]);
    const [row] = await sql`select obj_description('provisioning_log'::regclass, 'pg_class') as comment`;
    assert.match(row?.["comment"], /Log version 2\.$/);
  });
});
