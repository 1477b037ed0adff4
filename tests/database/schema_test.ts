/** Schemas other than the one the tool was written for, and the log's own rules. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

const bootstrap = (url: string) => runCli(["--preset", "bootstrap"], { databaseUrl: url });

Deno.test("apply refuses a column by name that it would have to guess", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await sql`alter table projects_project add column brand_new integer not null`;
    assert.deepEqual(await bootstrap(url), {
      code: 78,
      out: "",
      err:
        `error: Column projects_project.brand_new (integer) must be filled, and this flagsmith-provision does not know it [FP421]
   = hint: The database was migrated by a newer Flagsmith (2.263.0 or later): use a newer flagsmith-provision, or let the application print its defaults for --column-defaults FILE, or give the value: --column-default 'projects_project.brand_new=<integer>'. Nothing was changed
`,
    });
  });
});

Deno.test("apply ignores unknown columns that may be empty, and leaves out columns that the release lacks", async () => {
  // Without targeting_key, enforce_feature_owners and onboarding_data, among others.
  await withDatabase({ schema: "2.181.0" }, async ({ sql, url }) => {
    await sql`alter table projects_project add column brand_new integer`;
    const { code, err } = await bootstrap(url);
    assert.equal(code, 0, err);
  });
});

Deno.test("no command writes to a release that is older than all known ones, and the message says so", async () => {
  await withDatabase({ schema: "2.100.2" }, async (database) => {
    await database.sql`delete from django_migrations`;
    for (const command of ["apply", "plan", "status", "adopt", "reset"]) {
      const result = await assertUntouched(
        database,
        () => runCli([command, "--preset", "bootstrap"], { databaseUrl: database.url }),
      );
      assert.deepEqual([command, result], [command, {
        code: 78,
        out: "",
        err:
          `error: The database was migrated by a Flagsmith that is older than 2.89.0 (before 2.81.0) [FP432]
   = hint: This release of flagsmith-provision writes the rows of 2.89.0 and later; upgrade Flagsmith first. export, log and teardown work all the same. Nothing was changed
`,
      }]);
    }
    for (const args of [["log"], ["teardown", "--all", "--yes"]]) {
      const { code, err } = await runCli(args, { databaseUrl: database.url });
      assert.equal(code, 0, err);
    }
  });
});

Deno.test("apply draws ids from serial columns of upgraded databases too", async () => {
  await withDatabase({ schema: "2.265.0-from-2.126.0" }, async ({ sql, url }) => {
    const { code, err } = await bootstrap(url);
    assert.equal(code, 0, err);
    const [row] =
      await sql`select (select last_value from projects_project_id_seq)::int as drawn, (select max(id) from projects_project) as id`;
    assert.equal(row?.["drawn"], row?.["id"]);
  });
});

Deno.test("provisioning_log refuses UPDATE, DELETE and TRUNCATE, and every column is commented", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await bootstrap(url);
    for (
      const statement of [
        "UPDATE provisioning_log SET kind = 'x'",
        "DELETE FROM provisioning_log",
        "TRUNCATE provisioning_log",
      ]
    ) {
      await assert.rejects(sql.unsafe(statement), { code: "23001" }, statement);
    }
    const [row] =
      await sql`select count(*)::int as columns, count(col_description(attrelid, attnum))::int as commented
      from pg_attribute where attrelid = 'provisioning_log'::regclass and attnum > 0`;
    assert.deepEqual({ ...row }, { columns: 14, commented: 14 });
  });
});

Deno.test("apply refuses a log that a newer release wrote", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await bootstrap(url);
    await sql`comment on table provisioning_log is 'Log version 3.'`;
    const { code, err } = await bootstrap(url);
    assert.equal(code, 78);
    assert.match(err, /^error: The provisioning log has version 3; this release knows version 2 \[FP422\]\n/);
  });
});

Deno.test("every command leaves a log that a newer release wrote as it is", async () => {
  await withDatabase({}, async (database) => {
    await bootstrap(database.url);
    await database.sql`comment on table provisioning_log is 'Log version 3.'`;
    const files = ["--preset", "bootstrap"];
    const commands = [
      ["apply", ...files],
      ["plan", ...files],
      ["status", ...files],
      ["adopt", ...files],
      ["teardown", "--all", "--yes"],
      ["log"],
      ["log", "init"],
      ["log", "prune"],
      ["log", "protect"],
      ["log", "unprotect"],
    ];
    for (const args of commands) {
      const { code, err } = await assertUntouched(
        database,
        () => runCli(args, { databaseUrl: database.url }),
      );
      assert.deepEqual([args, code], [args, 78]);
      assert.match(err, /\[FP422\]/);
    }
  });
});

Deno.test("apply names the rights that are missing, with a GRANT of each that makes it work", async () => {
  await withDatabase({}, async ({ sql, url, name }) => {
    const role = `"Role of ${name}"`;
    await sql.unsafe(`CREATE ROLE ${role} LOGIN; GRANT ALL ON SCHEMA public TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role};
      REVOKE SELECT, INSERT ON projects_project FROM ${role};
      REVOKE ALL ON SEQUENCE projects_project_id_seq FROM ${role}`);
    try {
      const own = new URL(url);
      own.username = `Role of ${name}`;
      const { err } = await bootstrap(own.href);
      const [, grants = ""] =
        /\n {3}= hint: Nothing was changed\. .* once\. For what is named here: (.*)\n$/.exec(err) ?? [];
      assert.deepEqual(grants.split("; "), [
        `GRANT INSERT, SELECT ON public.projects_project TO ${role}`,
        `GRANT USAGE ON SEQUENCE public.projects_project_id_seq TO ${role}`,
      ]);
      await sql.unsafe(grants);
      const { code, err: after } = await bootstrap(own.href);
      assert.equal(code, 0, after);
      const [{ count }] = await sql`select count(*)::int from projects_project` as unknown as [
        { count: number },
      ];
      assert.equal(count, 1);
    } finally {
      await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

Deno.test("apply says which right is missing, and works with DML rights once the log exists", async () => {
  await withDatabase({}, async ({ sql, url, name }) => {
    const role = `role_${name}`;
    await sql.unsafe(`CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA public TO ${role};
      REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
    try {
      const own = new URL(url);
      own.username = role;
      const refused = await bootstrap(own.href);
      assert.equal(refused.code, 1);
      assert.match(
        refused.err,
        /^error: Cannot write the rows: the database user lacks a right: CREATE on schema public \[FP407\]\n/,
      );
      await runCli(["-f", "-"], {
        databaseUrl: url,
        stdin: "version: '1.0'\norganisations: [{name: First}]\n",
      });
      await sql.unsafe(`GRANT SELECT, INSERT ON provisioning_log TO ${role}`);
      const allowed = await runCli(["-f", "-"], {
        databaseUrl: own.href,
        stdin: "version: '1.0'\norganisations: [{name: Second}]\n",
      });
      assert.equal(allowed.code, 0, allowed.err);
    } finally {
      await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

Deno.test("apply() makes a log anew after somebody dropped the table", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([{ users: [{ email: "a@example.com" }] }], { databaseUrl: url });
    await sql`drop table provisioning_log`;
    await applyDocuments([{ users: [{ email: "b@example.com" }] }], { databaseUrl: url });
    const rows = await sql`select address from provisioning_log`;
    assert.deepEqual(rows.map((row) => row["address"]), ["user:b@example.com"]);
  });
});
