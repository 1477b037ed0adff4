/** Tables, columns and constraints that the program does not know and that concern rows of its own. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const FILE = { users: [{ email: "a@example.com" }], organisations: [{ name: "Acme" }] };

/** A database with a user, and rows of an unknown table that refer to it by a column that may be NULL, and by one that may not. */
async function withReferences(test: (database: TestDatabase) => Promise<void>): Promise<void> {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(
      `CREATE TABLE device_grant (id integer PRIMARY KEY, user_id integer REFERENCES users_ffadminuser (id));
      CREATE TABLE device_key (id integer PRIMARY KEY, grant_id integer NOT NULL REFERENCES device_grant (id))`,
    );
    await applyDocuments([FILE], { databaseUrl: database.url });
    await database.sql.unsafe(`INSERT INTO device_grant SELECT 1, id FROM users_ffadminuser;
      INSERT INTO device_grant VALUES (2, NULL); INSERT INTO device_key VALUES (5, 1)`);
    await test(database);
  });
}

const grants = async ({ sql }: TestDatabase): Promise<unknown> => [
  ...await sql`select g.id, g.user_id is null as free, (select count(*)::int from device_key k where k.grant_id = g.id) as keys
    from device_grant g order by 1`,
];

Deno.test("teardown refuses rows that an unknown nullable column refers to, and names the two ways out", async () => {
  await withReferences(async (database) => {
    const before = await grants(database);
    const result = await runCli(["teardown", "--all", "--yes"], { databaseUrl: database.url });
    assert.deepEqual(await grants(database), before);
    assert.deepEqual(result, {
      code: 78,
      out: "",
      err:
        `error: Rows refer to what is to be removed by a column that this release does not know: device_grant.user_id (1) [FP424]
   = hint: It may be NULL, so nobody can say whether the rows should stay or go. Keep them with --unlink device_grant.user_id, remove them with --cascade-through device_grant.user_id, or use a newer flagsmith-provision. Nothing was changed
`,
    });
  });
});

Deno.test("teardown --unlink keeps the rows, and --cascade-through removes them with what depends on them", async () => {
  await withReferences(async (database) => {
    const { code, err } = await runCli(["teardown", "--all", "--yes", "--unlink", "device_grant.user_id"], {
      databaseUrl: database.url,
    });
    assert.equal(code, 0, err);
    assert.deepEqual(await grants(database), [{ id: 1, free: true, keys: 1 }, {
      id: 2,
      free: true,
      keys: 0,
    }]);
  });
  await withReferences(async (database) => {
    const args = ["teardown", "--all", "--yes", "--cascade-through", "device_grant.user_id"];
    const refused = await runCli(args, { databaseUrl: database.url });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /device_grant/);
    const { code, err } = await runCli([...args, "--cascade"], { databaseUrl: database.url });
    assert.equal(code, 0, err);
    assert.deepEqual(await grants(database), [{ id: 2, free: true, keys: 0 }]);
  });
});

Deno.test("reset, apply and plan of what is to be absent take both ways out", async () => {
  await withReferences(async (database) => {
    const world = (document: unknown) => ({
      databaseUrl: database.url,
      stdin: JSON.stringify({ version: "1.0", ...Object(document) }),
    });
    const absent = { users: [{ email: "a@example.com", ensure: "absent" }] };
    for (
      const args of [["plan"], ["apply", "--dry-run", "--allow-delete"], ["reset", "--yes"]]
    ) {
      const document = args[0] === "reset" ? FILE : absent;
      const refused = await runCli([...args, "--file", "-"], world(document));
      assert.deepEqual([args[0], refused.code], [args[0], 78], refused.err);
      const done = await runCli(
        [...args, "--file", "-", "--unlink", "device_grant.user_id"],
        world(document),
      );
      assert.deepEqual([args[0], done.code], [args[0], 0], done.err);
    }
    assert.deepEqual(await grants(database), [{ id: 1, free: true, keys: 1 }, {
      id: 2,
      free: true,
      keys: 0,
    }]);
  });
});

Deno.test("--unlink and --cascade-through refuse a column that is none of theirs, with the reason", async () => {
  await withReferences(async (database) => {
    const reasons: readonly (readonly [args: readonly string[], reason: string])[] = [
      [["--unlink", "device_grant.nobody"], "the database has no such column that refers to another table"],
      [["--unlink", "audit_auditlog.author_id"], "flagsmith-provision knows the column and empties it"],
      [
        ["--cascade-through", "device_key.grant_id"],
        "the row goes with what it refers to: it cannot be without, or flagsmith-provision knows the column",
      ],
      [
        ["--unlink", "device_grant.user_id", "--cascade-through", "device_grant.user_id"],
        "the other option names it, too",
      ],
    ];
    for (const [args, reason] of reasons) {
      const { code, err } = await runCli(["teardown", "--all", "--yes", ...args], {
        databaseUrl: database.url,
      });
      assert.deepEqual([code, err.split("\n")[0]], [
        64,
        `error: ${args[0]} cannot be used for ${args[1]}: ${reason} [FP436]`,
      ]);
    }
    const { code, err } = await runCli(["teardown", "--all", "--unlink", "user_id"], {
      databaseUrl: database.url,
    });
    assert.equal(code, 64);
    assert.match(err, /It takes TABLE\.COLUMN/);
  });
});

Deno.test("apply names the check constraint that a row breaks", async () => {
  await withDatabase({}, async (database) => {
    await database
      .sql`alter table organisations_organisation add constraint short_name check (length(name) < 3)`;
    const { code, err } = await runCli(["--file", "-"], {
      databaseUrl: database.url,
      stdin: JSON.stringify({ version: "1.0", ...FILE }),
    });
    assert.equal(code, 1);
    assert.match(
      err,
      /^error: Cannot write the rows: a row breaks the constraint short_name in table organisations_organisation \[FP417\]\n/,
    );
  });
});
