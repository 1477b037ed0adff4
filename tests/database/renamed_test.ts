/** Rows of ours that someone renamed: found again by what the log knows, and with them everything below. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

const FILE = {
  users: [{ email: "ada@example.com" }],
  organisations: [{ name: "O", members: [{ email: "ada@example.com", role: "ADMIN" }] }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Dev" }],
    features: [{ name: "flag", initial_value: "a" }],
    segments: [{
      name: "beta",
      rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
    }],
  }],
};

async function applied({ url }: TestDatabase, document: unknown): Promise<string> {
  const [result] = await applyDocuments([document], { databaseUrl: url });
  assert.equal(result?.err, "");
  return result.out;
}

async function rename({ sql }: TestDatabase): Promise<void> {
  await sql`update organisations_organisation set name = 'Org'`;
  await sql`update projects_project set name = 'Shop'`;
  await sql`update environments_environment set name = 'Development'`;
  await sql`update features_feature set name = 'switch'`;
  await sql`update segments_segment set name = 'testers'`;
}

Deno.test("apply() finds renamed entities below renamed entities and leaves them alone", async () => {
  await withDatabase({}, async (database) => {
    await applied(database, FILE);
    await rename(database);
    assert.equal(
      await assertUntouched(database, () => applied(database, FILE)),
      `Skipped user "ada@example.com" (already exists).
Skipped organisation "O" (renamed to "Org").
Skipped project "Web" (renamed to "Shop").
Skipped environment "Dev" in project "Web" (renamed to "Development").
Skipped segment "beta" in project "Web" (renamed to "testers").
Skipped feature "flag" in project "Web" (renamed to "switch").
Provisioning complete: 0 created, 6 skipped.
`,
    );
  });
});

Deno.test("apply() finds and creates children below a renamed project", async () => {
  await withDatabase({}, async (database) => {
    await applied(database, FILE);
    await database.sql`update projects_project set name = 'Shop'`;
    const [web] = FILE.projects;
    const features = [{ name: "flag", initial_value: "b", on_exists: "update" }, { name: "new" }];
    assert.equal(
      await applied(database, { projects: [{ ...web, features }] }),
      `Skipped project "Web" (renamed to "Shop").
Skipped environment "Dev" in project "Web" (already exists).
Skipped segment "beta" in project "Web" (already exists).
Updated feature "flag" in project "Web": initial_value.
Created feature "new" in project "Web".
Provisioning complete: 1 created, 1 updated, 3 skipped.
`,
    );
    const rows = await database.sql`
      select p.name as project, f.name, f.initial_value, e.name as environment from features_feature f
      join projects_project p on p.id = f.project_id join features_featurestate s on s.feature_id = f.id
      join environments_environment e on e.id = s.environment_id order by f.id`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      { project: "Shop", name: "flag", initial_value: "b", environment: "Dev" },
      { project: "Shop", name: "new", initial_value: null, environment: "Dev" },
    ]);
  });
});

Deno.test("apply() takes the live row of a name before the renamed one that it logged", async () => {
  await withDatabase({}, async (database) => {
    await applied(database, FILE);
    await database.sql`update features_feature set name = 'old flag'`;
    const project = (await database.sql<{ id: number }[]>`select id from projects_project`)[0]?.id ?? 0;
    await database.sql`insert into features_feature
      (uuid, name, created_date, project_id, initial_value, default_enabled, type, is_archived, is_server_key_only)
      values (gen_random_uuid(), 'Flag', now(), ${project}, 'hers', false, 'STANDARD', false, false)`;
    // The live row of that name is what a reference means; the log's row is somebody else's business then.
    assert.match(
      await assertUntouched(database, () => applied(database, FILE)),
      /^Skipped feature "flag" in project "Web" \(already exists\)\.$/m,
    );
  });
});

Deno.test("apply() refuses renamed entities under on_exists: fail, each by name, and writes nothing", async () => {
  await withDatabase({}, async (database) => {
    await applied(database, FILE);
    await database.sql`update segments_segment set name = 'testers'`;
    await database.sql`update environments_environment set name = 'Development'`;
    const { code, err } = await assertUntouched(database, () =>
      runCli(["-f", "-", "--on-exists", "fail"], {
        databaseUrl: database.url,
        stdin: JSON.stringify({ version: "1.0", ...FILE }),
      }));
    assert.equal(code, 1);
    assert.deepEqual(err.match(/error: .*/g), [
      'error: Environment "Dev" exists already, under the name "Development" [FP302]',
      'error: Segment "beta" exists already, under the name "testers" [FP302]',
    ]);
  });
});

Deno.test("apply() takes an entity for deleted when its row and everything below is soft-deleted", async () => {
  await withDatabase({}, async (database) => {
    await applied(database, FILE);
    await database.sql`update projects_project set deleted_at = now()`;
    await database.sql`update environments_environment set deleted_at = now()`;
    await database.sql`update features_feature set deleted_at = now()`;
    await database.sql`update segments_segment set deleted_at = now()`;
    assert.equal(
      await applied(database, FILE),
      `Skipped user "ada@example.com" (already exists).
Skipped organisation "O" (already exists).
Created project "Web".
Created environment "Dev" in project "Web".
Created segment "beta" in project "Web".
Created feature "flag" in project "Web".
Provisioning complete: 4 created, 2 skipped.
`,
    );
    const [counts] = await database.sql`
      select (select count(*)::int from projects_project where deleted_at is null) as projects,
        (select count(*)::int from features_featurestate s join features_feature f on f.id = s.feature_id
          where f.deleted_at is null) as states`;
    assert.deepEqual({ ...counts }, { projects: 1, states: 1 });
  });
});

Deno.test("apply() finds what has no uuid under the name that somebody gave it: groups, server-side keys, master keys", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    const file = {
      users: [{ email: "a@example.com" }],
      organisations: [{
        name: "O",
        members: [{ email: "a@example.com" }],
        groups: [{ name: "G", members: [{ email: "a@example.com" }] }],
      }],
      master_api_keys: [{ name: "M", organisation: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        tags: [{ label: "t" }],
        environments: [{ name: "E", server_side_environment_keys: [{ name: "K" }] }],
      }],
      permissions: [{ group: "G", project: "P", permissions: ["VIEW_PROJECT"] }],
    };
    await applyDocuments([file], { databaseUrl: url });
    await sql`update users_userpermissiongroup set name = 'Group'`;
    await sql`update environments_environmentapikey set name = 'Key'`;
    await sql`update api_keys_masterapikey set name = 'Master'`;
    await sql`update tags_tag set label = 'Tag'`;
    const stdin = JSON.stringify({ version: "1.0", ...file });
    const { code, err } = await assertUntouched(
      database,
      () => runCli(["apply", "-f", "-"], { databaseUrl: url, stdin }),
    );
    assert.equal(code, 0, err);
    const { out } = await runCli(["plan", "--verbose", "-f", "-"], { databaseUrl: url, stdin });
    assert.deepEqual(out.split("\n").filter((line) => line.includes("renamed")), [
      'Would skip group "G" in organisation "O" (renamed to "Group").',
      'Would skip master API key "M" (renamed to "Master").',
      'Would skip tag "t" in project "P" (renamed to "Tag").',
      'Would skip server-side environment key "K" in environment "E" (renamed to "Key").',
    ]);
  });
});
