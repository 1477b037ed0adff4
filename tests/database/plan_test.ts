/** `plan`: its words, its exit codes, that it only reads, and plan files. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { withRole } from "../support/role.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

const SHOP = {
  users: [{ email: "ada@example.com", first_name: "Ada" }],
  organisations: [{ name: "O", members: [{ email: "ada@example.com", role: "ADMIN" }] }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Dev" }],
    features: [
      {
        name: "f",
        initial_value: "one",
        multivariate_options: [{ value: "a", key: "a", percentage_allocation: 30 }],
        environments: { Dev: { enabled: true, value: 5 } },
      },
      { name: "g" },
    ],
    segments: [{
      name: "s",
      rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
    }],
  }],
};

function plan(url: string, document: unknown, ...args: readonly string[]): Promise<CliResult> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  return runCli(["plan", "--file", "-", ...args], { databaseUrl: url, stdin });
}

const CHANGES = {
  app_domain: "flags.example.com",
  users: [{ email: "ada@example.com", first_name: "Augusta" }],
  projects: [{
    name: "Web",
    organisation: "O",
    on_exists: "update",
    settings: { hide_disabled_flags: true },
    environments: [{ name: "Dev", on_exists: "update", description: "two\n\u202elines" }, { name: "QA" }],
    features: [
      {
        name: "f",
        on_exists: "update",
        initial_value: "x".repeat(130),
        environments: {
          Dev: {
            on_exists: "update",
            enabled: false,
            value: "5",
            multivariate: [{ option: "a", percentage_allocation: 40 }],
          },
        },
      },
      { name: "g", ensure: "absent" },
    ],
  }],
};

Deno.test("plan shows what is created, updated field by field, and deleted with what goes along", async () => {
  await withDatabase({}, async ({ url }) => {
    assert.deepEqual(await plan(url, { organisations: [{ name: "O" }] }), {
      code: 0,
      out: 'Would create organisation "O".\nPlan: 1 to create, 0 to skip.\n',
      err: "",
    });
    await applyDocuments([SHOP], { databaseUrl: url });
    const { code, out, err } = await plan(url, CHANGES);
    assert.equal(code, 0, err);
    assert.equal(
      out,
      `Would update project "Web": hide_disabled_flags.
    hide_disabled_flags: false → true
Would update environment "Dev" in project "Web": description.
    description: null → "two\\n\\u202elines"
Would create environment "QA" in project "Web".
Would update feature "f" in project "Web": initial_value, states (~1).
    initial_value: "one" → "${"x".repeat(119)}…
    update feature state "Dev"
        enabled: true → false
        value: 5 → "5"
        multivariate: [{"option":"a","percentage_allocation":30}] → [{"option":"a","percentage_allocation":40}]
Would delete feature "g" in project "Web".
Rows that would go: features_feature (1), features_featurestate (1), features_featurestatevalue (1), features_historicalfeature (1), features_historicalfeaturestate (1), features_historicalfeaturestatevalue (1).
Plan: 1 to create, 3 to update, 1 to delete, 1 to skip.
`,
    );
    assert.equal(
      err,
      'note: 1 differs from the files and is left alone (on_exists: skip).\nnote: The domain of this instance would be "flags.example.com" (now "example.com"); a running API keeps the old one until it restarts.\nnote: apply needs --allow-delete to delete.\n',
    );
    const verbose = await plan(url, CHANGES, "--verbose");
    assert.ok(verbose.out.includes('Would skip user "ada@example.com" (already exists).\n'), verbose.out);
    assert.equal((await plan(url, CHANGES, "--quiet")).out, "");
  });
});

Deno.test("plan gives programs whole values, and one line for each entity on request", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    const wish = {
      defaults: { on_exists: "update" },
      users: [{ email: "ada@example.com", first_name: "Augusta" }],
      tags: [{ label: "t", project: "Web", organisation: "O" }],
      organisations: [{ name: "O" }],
    };
    const json = JSON.parse((await plan(url, wish, "--format", "json")).out);
    assert.deepEqual(json, {
      version: 1,
      changes: true,
      actions: [
        {
          action: "update",
          kind: "user",
          name: "ada@example.com",
          address: "user:ada@example.com",
          changes: [{ field: "first_name", from: "Ada", to: "Augusta" }],
        },
        {
          action: "skip",
          kind: "organisation",
          name: "O",
          address: "organisation:O",
          reason: "already exists",
        },
        { action: "create", kind: "tag", name: "t", parent: "Web", address: "tag:O/Web/t" },
      ],
      rows_deleted: {},
      summary: { create: 0, update: 2, adopt: 0, delete: 0, skip: 1 },
      notes: [],
      diagnostics: [],
    });
    const lines = (await plan(url, wish, "--format", "jsonl")).out.trimEnd().split("\n").map((l) =>
      JSON.parse(l)
    );
    const { actions, ...rest } = json;
    assert.deepEqual(lines, [
      ...actions.map((action: object) => ({ type: "action", ...action })),
      { type: "result", ...rest },
    ]);
  });
});

Deno.test("plan only reads: a role with SELECT is enough, and no row, id or statistic changes", async () => {
  await withDatabase({}, async (database) => {
    await withRole(database, { tables: "SELECT" }, async ({ url }) => {
      const { code } = await assertUntouched(database, () => plan(url, SHOP));
      assert.equal(code, 0);
    });
    await applyDocuments([SHOP], { databaseUrl: database.url });
    await withRole(database, { tables: "SELECT" }, async ({ url }) => {
      for (
        const document of [SHOP, CHANGES, {
          users: [{ email: "ada@example.com", ensure: "absent", with_organisations: true }],
        }]
      ) {
        const { code, err } = await assertUntouched(database, () => plan(url, document));
        assert.equal(code, 0, err);
      }
    });
    // While another run holds the lock, too.
    await database.sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtextextended('flagsmith-provision ' || current_database() || ' ' || to_regclass('organisations_organisation')::oid::text, 0))`;
      assert.equal((await plan(database.url, CHANGES, "--lock-timeout", "1s")).code, 0);
    });
  });
});

Deno.test("plan --detailed-exitcode ends with 2 for changes, 0 without, 1 for mistakes", async () => {
  await withDatabase({}, async ({ url }) => {
    const detailed = "--detailed-exitcode";
    assert.equal((await plan(url, SHOP, detailed)).code, 2);
    assert.equal((await plan(url, SHOP)).code, 0);
    await applyDocuments([SHOP], { databaseUrl: url });
    assert.deepEqual(await plan(url, SHOP, detailed), { code: 0, out: "Nothing to do.\n", err: "" });
    assert.equal((await plan(url, { app_domain: "a.example.com" }, detailed)).code, 2);
    assert.equal((await plan(url, { features: [{ name: "x", project: "Wob" }] }, detailed)).code, 1);
  });
});

Deno.test("plan shows entities that would be taken into the log as such", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([{ organisations: [{ name: "O" }] }], { databaseUrl: url });
    await sql.unsafe("ALTER TABLE provisioning_log DISABLE TRIGGER ALL; DELETE FROM provisioning_log");
    const wish = { organisations: [{ name: "O", on_exists: "update" }] };
    assert.deepEqual(await plan(url, wish, "--detailed-exitcode"), {
      code: 2,
      out:
        'Would skip organisation "O" (already exists).\n    to be taken into the log, as it is\nPlan: 0 to create, 1 to skip.\n',
      err: "",
    });
  });
});

Deno.test("plan names fields that hold a secret, or held one, and never shows a value", async () => {
  await withDatabase({}, async (database) => {
    const { url } = database;
    const run = (command: string, value: string, secret: boolean, ...args: readonly string[]) =>
      runCli([command, "--file", "-", ...(secret ? ["--secret-env", "VALUE"] : []), ...args], {
        databaseUrl: url,
        env: { VALUE: value },
        stdin: JSON.stringify({
          version: "1.0",
          defaults: { on_exists: "update" },
          features: [{
            name: "f",
            project: "Web",
            initial_value: "${VALUE}",
            environments: { Dev: { value: "${VALUE}" } },
          }],
        }),
      });
    await applyDocuments([SHOP], { databaseUrl: url });
    const shown = `Would update feature "f" in project "Web": initial_value, states (~1).
    initial_value: (secret)
    update feature state "Dev"
        value: (secret)
Plan: 0 to create, 1 to update, 0 to skip.
`;
    const directory = await Deno.makeTempDir();
    try {
      const path = `${directory}/plan.json`;
      const first = await run("plan", "hunter2-first", true, "--out", path);
      assert.deepEqual(first, {
        code: 0,
        out: shown,
        err:
          `<stdin>:1:108: warning: "initial_value" is sent to SDKs and shown in the dashboard, so the secret in it is no longer a secret [FP154]
  |
1 | …features":[{"name":"f","project":"Web","initial_value":••••,"environments":{"Dev":{"value":••••}}}]}
  |                                                         ^~~~
<stdin>:1:150: warning: "value" is sent to SDKs and shown in the dashboard, so the secret in it is no longer a secret [FP154]
  |
1 | …features":[{"name":"f","project":"Web","initial_value":••••,"environments":{"Dev":{"value":••••}}}]}
  |                                                                                             ^~~~
`,
      });
      assert.ok(!(await Deno.readTextFile(path)).includes("hunter2"));
      assert.equal((await run("apply", "hunter2-first", true)).code, 0);
      // The live value is known to be secret from the log, also when the new one is public.
      assert.deepEqual(await run("plan", "public", false), { code: 0, out: shown, err: "" });
      for (const format of ["json", "jsonl"]) {
        const { out } = await run("plan", "hunter2-second", true, "--format", format);
        assert.ok(!out.includes("hunter2"), out);
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
});

Deno.test("plan refuses as apply does: a newer log, no Flagsmith, taken keys", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([{
      organisations: [{ name: "O" }],
      projects: [{ name: "Web", organisation: "O", environments: [{ name: "Dev", api_key: "taken-key" }] }],
    }], { databaseUrl: url });
    const wish = { environments: [{ name: "QA", project: "Web", api_key: "taken-key" }] };
    const planned = await plan(url, wish);
    const applied = await runCli(["--file", "-"], {
      databaseUrl: url,
      stdin: JSON.stringify({ version: "1.0", ...wish }),
    });
    assert.match(planned.err, /\[FP303\]/);
    assert.deepEqual(planned, applied);
    await sql`comment on table provisioning_log is 'Log version 99.'`;
    assert.deepEqual([(await plan(url, wish)).code, (await runCli(["log"], { databaseUrl: url })).code], [
      78,
      78,
    ]);
  });
  await withDatabase({ schema: "empty" }, async ({ url }) => {
    assert.equal((await plan(url, SHOP)).code, 78);
    assert.equal((await runCli(["log"], { databaseUrl: url })).code, 78);
  });
});

/** A directory with `flags.yaml` and a plan for it. */
async function withPlanFile(
  database: TestDatabase,
  text: string,
  test: (paths: { readonly file: string; readonly plan: string }) => Promise<void>,
  ...args: readonly string[]
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const paths = { file: `${directory}/flags.yaml`, plan: `${directory}/plan.json` };
    await Deno.writeTextFile(paths.file, text);
    const made = await runCli(["plan", "-f", paths.file, "--out", paths.plan, ...args], {
      databaseUrl: database.url,
    });
    assert.equal(made.code, 0, made.err);
    assert.equal((await Deno.stat(paths.plan)).mode, 0o100600);
    await test(paths);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const BASE =
  "version: '1.0'\norganisations: [{name: O}]\nprojects:\n  - {name: Web, organisation: O, features: [{name: f, initial_value: a}]}\n";

Deno.test("apply --plan does what was planned, from the planned files and options", async () => {
  await withDatabase({}, async (database) => {
    const own = { databaseUrl: database.url };
    await withPlanFile(database, BASE, async ({ plan }) => {
      const { code, out } = await runCli(["apply", "--plan", plan], own);
      assert.deepEqual([code, out], [
        0,
        `Created organisation "O".
Created project "Web".
Created feature "f" in project "Web".
Provisioning complete: 3 created, 0 skipped.
`,
      ]);
    });
    const update = BASE.replace("initial_value: a", "initial_value: b");
    await withPlanFile(
      database,
      update,
      async ({ plan, file }) => {
        const dry = await runCli(["apply", "--plan", plan, "--dry-run"], own);
        assert.match(dry.out, /^Would update feature "f" in project "Web": initial_value\.$/m);
        // Named inputs must say what was planned, options included.
        const named = await runCli(["apply", "--plan", plan, "-f", file, "--on-exists", "update"], own);
        assert.match(named.out, /^Updated feature "f" in project "Web": initial_value\.$/m);
      },
      "--on-exists",
      "update",
    );
    // An empty plan holds, too, as long as nothing is to be done.
    await withPlanFile(database, update, async ({ plan }) => {
      const { code, out } = await assertUntouched(database, () => runCli(["apply", "--plan", plan], own));
      assert.deepEqual([code, out.split("\n").at(-2)], [0, "Provisioning complete: 0 created, 3 skipped."]);
    });
  });
});

Deno.test("apply --plan carries out a plan that deletes and creates in one project", async () => {
  await withDatabase({}, async (database) => {
    const own = { databaseUrl: database.url };
    const given = {
      ...SHOP,
      projects: [{ ...SHOP.projects[0], segments: [], features: [{ name: "f" }, { name: "g" }] }],
    };
    await applyDocuments([given], own);
    const wish = JSON.stringify({
      version: "1.0",
      features: [
        { name: "g", project: "Web", ensure: "absent" },
        { name: "new", project: "Web", environments: { Dev: { enabled: true } } },
      ],
      environments: [{ name: "Dev", project: "Web" }, { name: "QA", project: "Web" }],
    });
    await withPlanFile(database, wish, async ({ plan }) => {
      const refused = await runCli(["apply", "--plan", plan], own);
      assert.match(refused.err, /\[FP320\]/);
      const { code, out, err } = await runCli(["apply", "--plan", plan, "--allow-delete"], own);
      assert.deepEqual([code, out], [
        0,
        `Skipped environment "Dev" in project "Web" (already exists).
Created environment "QA" in project "Web".
Deleted feature "g" in project "Web".
Created feature "new" in project "Web".
Rows removed: features_feature (1), features_featurestate (1), features_featurestatevalue (1), features_historicalfeature (1), features_historicalfeaturestate (1), features_historicalfeaturestatevalue (1).
Provisioning complete: 2 created, 1 deleted, 1 skipped.
`,
      ], err);
    });
  });
});

const STALE: readonly (readonly [why: string, statement: string, message: string])[] = [
  [
    "a live value changed",
    "UPDATE features_feature SET initial_value = 'z'",
    "The database has changed since it was planned: feature:O/Web/f [FP467]",
  ],
  [
    "an entity was deleted",
    "UPDATE features_feature SET deleted_at = now()",
    "The database has changed since it was planned: feature:O/Web/f [FP467]",
  ],
  [
    "a project got another environment",
    'INSERT INTO environments_environment (SELECT (jsonb_populate_record(e, \'{"id": 999, "name": "New", "api_key": "another-key", "uuid": "7b4a35f0-3f9f-4a8c-9d58-3a1f7bb6e0a1"}\')).* FROM environments_environment e LIMIT 1)',
    "The database has changed since it was planned [FP467]",
  ],
  [
    "the work is done",
    "UPDATE features_feature SET initial_value = 'b'",
    "The database has changed since it was planned: feature:O/Web/f [FP467]",
  ],
];

for (const [why, statement, message] of STALE) {
  Deno.test(`apply --plan refuses when ${why}`, async () => {
    await withDatabase({}, async (database) => {
      const { url, sql } = database;
      const given = BASE.replace("features:", "environments: [{name: Dev}], features:");
      assert.equal((await runCli(["-f", "-"], { databaseUrl: url, stdin: given })).code, 0);
      const wish = given.replace("initial_value: a}", "initial_value: b}, {name: new}");
      await withPlanFile(
        database,
        wish,
        async ({ plan }) => {
          await sql.unsafe(statement);
          const before = await dumpTables(sql);
          assert.deepEqual(await runCli(["apply", "--plan", plan], { databaseUrl: url }), {
            code: 1,
            out: "",
            err: `error: ${message}\n   = hint: Plan again, or apply without --plan. Nothing was changed\n`,
          });
          const after = await dumpTables(sql);
          const rest = (dump: typeof before) => [...dump].filter(([table]) => table !== "provisioning_log");
          assert.deepEqual(rest(after), rest(before));
          const [last] = await sql`select event, details from provisioning_log order by seq desc limit 1`;
          assert.deepEqual({ ...last }, { event: "failed", details: { code: "FP467" } });
        },
        "--on-exists",
        "update",
      );
    });
  });
}

Deno.test("apply --plan refuses when nothing is left to do of what was planned", async () => {
  await withDatabase({}, async (database) => {
    await withPlanFile(database, BASE, async ({ plan, file }) => {
      assert.equal((await runCli(["-f", file], { databaseUrl: database.url })).code, 0);
      const { code, err } = await assertUntouched(
        database,
        () => runCli(["apply", "--plan", plan], { databaseUrl: database.url }),
      );
      assert.equal(code, 1);
      assert.match(
        err,
        /^error: The database has changed since it was planned: feature:O\/Web\/f, organisation:O, project:O\/Web \[FP467\]\n/,
      );
    });
  });
});

Deno.test("apply --plan refuses other files, other policies and another database, and changes nothing", async () => {
  await withDatabase({}, async (database) => {
    const { url } = database;
    await withPlanFile(database, BASE, async ({ plan, file }) => {
      const hint = "   = hint: Plan again, or apply without --plan. Nothing was changed\n";
      const refused = async (message: string, ...args: readonly string[]) => {
        const result = await runCli(["apply", "--plan", plan, ...args], { databaseUrl: url });
        assert.deepEqual(result, { code: 1, out: "", err: `error: ${message}\n${hint}` });
      };
      await refused(
        "The files are not the ones that were planned: feature:O/Web/f, organisation:O, project:O/Web [FP466]",
        "-f",
        file,
        "--on-exists",
        "update",
      );
      await Deno.writeTextFile(file, BASE.replace("initial_value: a", "initial_value: b"));
      await refused("The files are not the ones that were planned: feature:O/Web/f [FP466]");
      await Deno.writeTextFile(file, BASE.replace("{name: O}", "{name: O}, {name: P}"));
      await refused("The files are not the ones that were planned: organisation:P [FP466]");
      await Deno.writeTextFile(file, BASE);
      await withDatabase({}, async (other) => {
        assert.deepEqual(await runCli(["apply", "--plan", plan], { databaseUrl: other.url }), {
          code: 1,
          out: "",
          err:
            "error: The plan was made for another database [FP465]\n   = hint: Plan again for this one, or connect to the one that was planned. Nothing was changed\n",
        });
      });
      assert.equal((await dumpTables(database.sql)).get("organisations_organisation")?.length, 0);
    });
  });
});

Deno.test("apply --plan refuses what is no plan file, and plan says when it cannot write one", async () => {
  await withDatabase({}, async (database) => {
    await withPlanFile(database, BASE, async ({ plan, file }) => {
      const hint = "   = hint: flagsmith-provision plan --out FILE makes one. Nothing was changed\n";
      const refused = async (path: string, why: string) =>
        assert.deepEqual(await runCli(["apply", "--plan", path], { databaseUrl: database.url }), {
          code: 64,
          out: "",
          err: `error: The plan file ${JSON.stringify(path)} ${why} [FP464]\n${hint}`,
        });
      await refused(`${plan}.nowhere`, "cannot be read");
      await refused(file, "is not one");
      const saved = JSON.parse(await Deno.readTextFile(plan));
      const write = (content: unknown) => Deno.writeTextFile(plan, JSON.stringify(content));
      await write([]);
      await refused(plan, "is not one");
      await write({ ...saved, tool_version: "9.9.9" });
      await refused(plan, "was made by another release");
      await write({ ...saved, bindings: {} });
      await refused(plan, "is not complete");
      const out = `${plan}/not-a-directory.json`;
      assert.deepEqual(await runCli(["plan", "-f", file, "--out", out], { databaseUrl: database.url }), {
        code: 1,
        out: "",
        err: `error: The plan file ${
          JSON.stringify(out)
        } cannot be written: a part of its path is not a directory [FP468]\n   = hint: Name a file in a directory that takes one\n`,
      });
      // Neither keys that are nowhere else nor anybody's text is replaced by a plan; a plan that is cut off is.
      for (
        const [former, code] of [['{"master_api_keys":{"Acme/k":"x"}}', 1], ["text", 1], [" \n", 0]] as const
      ) {
        await Deno.writeTextFile(plan, former);
        const { code: given, err } = await runCli(["plan", "-f", file, "--out", plan], {
          databaseUrl: database.url,
        });
        assert.equal(given, code, err);
        if (code === 0) continue;
        assert.match(err, /cannot be written: it is there and is not a plan \[FP468\]/);
        assert.equal(await Deno.readTextFile(plan), former);
      }
      const whole = await Deno.readTextFile(plan);
      await Deno.writeTextFile(plan, whole.slice(0, 200));
      assert.equal(
        (await runCli(["plan", "-f", file, "--out", plan], { databaseUrl: database.url })).code,
        0,
      );
      assert.equal(await Deno.readTextFile(plan), whole);
    });
  });
});
