/** `status`: every way in which files, log and live rows can stand to each other. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { withRole } from "../support/role.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

const SHOP = {
  app_domain: "flags.example.com",
  users: [{ email: "ada@example.com", first_name: "Ada" }],
  organisations: [{ name: "O", members: [{ email: "ada@example.com", role: "ADMIN" }] }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Dev" }],
    features: [{ name: "f", initial_value: "one", environments: { Dev: { value: 5 } } }, { name: "g" }, {
      name: "h",
    }],
  }],
};

function status(url: string, document: unknown, ...args: readonly string[]): Promise<CliResult> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  return runCli(["status", "--file", "-", ...args], { databaseUrl: url, stdin });
}

Deno.test("status says what drifted, was renamed, is missing, changed in the file or is in no file", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    assert.deepEqual(await status(url, SHOP, "--detailed-exitcode"), {
      code: 0,
      out: "Status: 10 in sync.\n",
      err: "",
    });
    await sql`update django_site set domain = 'other.example.com'`;
    await sql`update users_ffadminuser set first_name = 'Eve'`;
    await sql`update features_featurestatevalue set integer_value = 7 where integer_value = 5`;
    await sql`update features_feature set name = 'g2' where name = 'g'`;
    await sql`update features_feature set deleted_at = now() where name = 'h'`;
    const [web] = SHOP.projects;
    const [f, g, h] = web?.features ?? [];
    const changed = {
      ...SHOP,
      organisations: [{ name: "O", settings: { force_2fa: true } }],
      projects: [{
        ...web,
        environments: [],
        features: [{ ...f, initial_value: "two", description: "new" }, g, h],
        segments: [{
          name: "s",
          rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
        }],
      }],
    };
    const expected = `Domain of the instance: drifted.
    app_domain: "other.example.com" (file: "flags.example.com")
User "ada@example.com": drifted.
    first_name: "Eve" (file: "Ada")
Organisation "O": changed in file.
    force_2fa: false (file: true)
Segment "s" in project "Web": missing.
Feature "f" in project "Web": changed in file.
    description: null (file: "new")
    initial_value: "one" (file: "two")
Feature "g" in project "Web": renamed to "g2".
Feature "h" in project "Web": missing.
Feature state "Dev" in feature "f": drifted.
    value: 7 (file: 5)
Member "ada@example.com" in organisation "O": not in files.
Environment "Dev" in project "Web": not in files.
Status: 1 in sync, 3 drifted, 2 changed in file, 1 renamed, 2 missing, 2 not in files.
`;
    const { code, out, err } = await status(url, changed, "--detailed-exitcode");
    assert.equal(out, expected);
    assert.deepEqual([code, err], [2, ""]);
    assert.equal((await status(url, changed)).code, 0);
    const verbose = (await status(url, changed, "--verbose")).out;
    assert.ok(verbose.includes('Project "Web": in sync.\n'), verbose);
    assert.equal((await status(url, changed, "--quiet", "--detailed-exitcode")).out, "");
  });
});

Deno.test("status tells apart what is not wanted: to be absent, left by policy, gone though logged", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    await sql.unsafe("DELETE FROM organisations_userorganisation");
    const wish = {
      organisations: [{ name: "O" }, { name: "P", only_if_none: true }],
      features: [
        { name: "f", project: "Web", ensure: "absent" },
        { name: "never", project: "Web", ensure: "absent" },
      ],
    };
    assert.equal(
      (await status(url, wish, "--verbose")).out,
      `Organisation "O": in sync.
Organisation "P": left alone (organisations exist already).
Feature "f" in project "Web": to be absent.
Feature "never" in project "Web": in sync.
User "ada@example.com": not in files.
Member "ada@example.com" in organisation "O": not in files (and not live any more).
Project "Web" in organisation "O": not in files.
Environment "Dev" in project "Web": not in files.
Feature "g" in project "Web": not in files.
Feature "h" in project "Web": not in files.
Feature state "Dev" in feature "f": not in files.
Domain of the instance: not in files.
Status: 2 in sync, 1 to be absent, 1 left alone, 8 not in files.
`,
    );
  });
});

Deno.test("status needs no log, and compares what this tool never wrote", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    assert.deepEqual(await status(url, { organisations: [{ name: "O" }] }, "--detailed-exitcode"), {
      code: 2,
      out: 'Organisation "O": missing.\nStatus: 0 in sync, 1 missing.\n',
      err: "",
    });
    await applyDocuments([SHOP], { databaseUrl: url });
    await sql.unsafe("DROP TABLE provisioning_log");
    const wish = { ...SHOP, users: [{ email: "ada@example.com", first_name: "Eve" }] };
    assert.equal(
      (await status(url, wish)).out,
      `User "ada@example.com": drifted.
    first_name: "Ada" (file: "Eve")
Status: 9 in sync, 1 drifted.
`,
    );
  });
});

Deno.test("status counts nothing against an instance in use that the bootstrap set leaves alone", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    await sql.unsafe("DROP TABLE provisioning_log");
    assert.deepEqual(
      await runCli(["status", "--preset", "bootstrap", "--verbose", "--detailed-exitcode"], {
        databaseUrl: url,
      }),
      {
        code: 0,
        out: `Domain of the instance: left alone (the instance has another).
User "admin@example.com": left alone (users exist already).
Organisation "Default Organisation": left alone (organisations exist already).
Member "admin@example.com" in organisation "Default Organisation": left alone (its organisation "Default Organisation" does not exist).
Project "Default Project": left alone (its organisation "Default Organisation" does not exist).
Status: 0 in sync, 5 left alone.
`,
        err: "",
      },
    );
  });
});

Deno.test("status is the same whatever the policies, and refuses what every command refuses", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    await sql`update users_ffadminuser set first_name = 'Eve'`;
    const plain = await status(url, SHOP);
    for (const policy of ["skip", "update", "fail"]) {
      assert.deepEqual(await status(url, { ...SHOP, defaults: { on_exists: policy } }), plain);
    }
    const wrong = await status(url, { features: [{ name: "x", project: "Wob" }] });
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /Did you mean "Web"\?/);
  });
});

Deno.test("status never shows a secret, and gives programs every entity", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    const document = {
      version: "1.0",
      features: [{ name: "f", project: "Web", on_exists: "update", initial_value: "${VALUE}" }],
    };
    const run = (command: string, value: string, ...args: readonly string[]) =>
      runCli([command, "--file", "-", "--secret-env", "VALUE", ...args], {
        databaseUrl: url,
        env: { VALUE: value },
        stdin: JSON.stringify(document),
      });
    assert.equal((await run("apply", "hunter2-a")).code, 0);
    await sql`update features_feature set initial_value = 'hunter2-b' where name = 'f'`;
    const { out } = await run("status", "hunter2-a");
    assert.ok(out.startsWith('Feature "f" in project "Web": drifted.\n    initial_value: (secret)\n'), out);
    const json = JSON.parse((await run("status", "hunter2-a", "--format", "json")).out);
    assert.ok(!JSON.stringify(json).includes("hunter2"));
    assert.equal(json.in_sync, false);
    assert.deepEqual(json.entities[0], {
      status: "drifted",
      kind: "feature",
      name: "f",
      parent: "Web",
      address: "feature:O/Web/f",
      changes: [{ field: "initial_value", secret: true }],
    });
    assert.deepEqual(json.entities[1], {
      status: "not_in_files",
      kind: "user",
      address: "user:ada@example.com",
      live: true,
    });
    const lines = (await run("status", "hunter2-a", "--format", "jsonl")).out.trimEnd().split("\n").map((l) =>
      JSON.parse(l)
    );
    const { entities, ...rest } = json;
    assert.deepEqual(lines, [
      ...entities.map((entity: object) => ({ type: "entity", ...entity })),
      { type: "result", ...rest },
    ]);
  });
});

Deno.test("status only reads: a role with SELECT is enough", async () => {
  await withDatabase({}, async (database: TestDatabase) => {
    await applyDocuments([SHOP], { databaseUrl: database.url });
    await database.sql`update users_ffadminuser set first_name = 'Eve'`;
    await withRole(database, { tables: "SELECT" }, async ({ url }) => {
      const { code, err } = await assertUntouched(
        database,
        () => status(url, { organisations: SHOP.organisations }),
      );
      assert.equal(code, 0, err);
    });
  });
});
