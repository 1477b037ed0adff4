/**
 * Entities that somebody renamed in the dashboard and that the file calls by their new names: the log knows them by their rows,
 * so every policy, `status` and `teardown` take them for what they are.
 */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { quickHash } from "../support/password_hash.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

async function run({ url }: TestDatabase, document: unknown, ...args: readonly string[]): Promise<CliResult> {
  const stdin = typeof document === "string"
    ? document
    : JSON.stringify({ version: "1.0", ...Object(document) });
  return await runCli([...args, "--file", "-"], { databaseUrl: url, stdin, io: { hash: quickHash } });
}

async function succeed(
  database: TestDatabase,
  document: unknown,
  ...args: readonly string[]
): Promise<string> {
  const { code, out, err } = await run(database, document, ...args);
  assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
  return out;
}

/** Every policy has nothing to do, and nothing is said to be in no file; the log learns the new names by `update`, once. */
async function assertKnown(database: TestDatabase, document: unknown): Promise<void> {
  const before = await dumpTables(database.sql);
  await assertNothingToDo(database, document);
  const after = await dumpTables(database.sql);
  assertTornDown(before, after);
  // The status of the same rows is the same.
  await assertNothingToDo(database, document, false);
  assert.deepEqual(await dumpTables(database.sql), after);
}

async function assertNothingToDo(
  database: TestDatabase,
  document: unknown,
  withStatus = true,
): Promise<void> {
  for (const policy of ["fail", "skip", "update"]) {
    assert.match(
      await succeed(database, document, "plan", "--on-exists", policy),
      /^(Nothing to do\.|Plan: 0 to create, \d+ to skip\.)$/m,
    );
    assert.match(
      await succeed(database, document, "apply", "--on-exists", policy),
      / 0 created, \d+ skipped\.\n$/,
    );
    if (!withStatus) continue;
    assert.match(
      await succeed(database, document, "status", "--detailed-exitcode"),
      /^Status: \d+ in sync(, \d+ left alone)?\.\n$/,
    );
  }
}

/** One project of which everything can be renamed. */
function project(name: string, more: object = {}): object {
  return {
    organisations: [{ name: "O" }],
    projects: [{
      name,
      organisation: "O",
      environments: [{ name: "Dev", rotate: "once" }],
      features: [{ name: "f", initial_value: "a", environments: { Dev: { value: 1 } } }, { name: "g" }],
    }],
    ...more,
  };
}

async function deleteFeature({ sql }: TestDatabase, name: string): Promise<void> {
  await sql`update features_feature set deleted_at = now() where name = ${name}`;
}

Deno.test("credentials of a followed rename are not rotated again, and what was deleted below it stays deleted", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await succeed(database, project("A"), "apply");
    await deleteFeature(database, "g");
    await sql`update projects_project set name = 'B'`;
    const leave = { defaults: { on_missing: "leave" } };
    await assertKnown(database, project("B", leave));
    assert.match(
      await succeed(database, project("B", leave), "plan", "--verbose"),
      /^Would skip feature "g" in project "B" \(was deleted, on_missing: leave\)\.$/m,
    );
  });
});

/** Every kind that has a name of its own, and what is named by those. */
function everything(of: string): object {
  const email = `${of}@example.com`;
  return {
    users: [{ email }],
    organisations: [{
      name: `O ${of}`,
      members: [{ email }],
      groups: [{ name: `G ${of}` }],
      master_api_keys: [{ name: `M ${of}` }],
    }],
    projects: [{
      name: `P ${of}`,
      organisation: `O ${of}`,
      tags: [{ label: `t ${of}` }],
      segments: [{
        name: `s ${of}`,
        rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
      }],
      environments: [{ name: `E ${of}`, server_side_environment_keys: [{ name: `K ${of}` }] }],
      features: [{
        name: `f_${of}`,
        tags: [`t ${of}`],
        environments: {
          [`E ${of}`]: { enabled: true, segment_overrides: [{ segment: `s ${of}`, enabled: false }] },
        },
      }],
    }],
    identities: [{ identifier: "i", project: `P ${of}`, environment: `E ${of}` }],
    permissions: [{ group: `G ${of}`, project: `P ${of}`, permissions: ["VIEW_PROJECT"] }],
  };
}

// In the older one neither users nor environments have a uuid.
for (const schema of ["2.100.2", "2.265.0"]) {
  Deno.test(`everything that can be renamed is known by its new name (${schema})`, async () => {
    await withDatabase({ schema }, async (database) => {
      const { sql } = database;
      await succeed(database, everything("a"), "apply");
      for (
        const [table, column, name] of [
          ["users_ffadminuser", "email", "b@example.com"],
          ["organisations_organisation", "name", "O b"],
          ["users_userpermissiongroup", "name", "G b"],
          ["api_keys_masterapikey", "name", "M b"],
          ["projects_project", "name", "P b"],
          ["tags_tag", "label", "t b"],
          ["segments_segment", "name", "s b"],
          ["environments_environment", "name", "E b"],
          ["environments_environmentapikey", "name", "K b"],
          ["features_feature", "name", "f_b"],
        ] as const
      ) {
        await sql`update ${sql(table)} set ${sql(column)} = ${name}`;
      }
      await assertKnown(database, everything("b"));
    });
  });
}

Deno.test("what the first run after a followed rename logs leads back to the former address", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    const empty = await dumpTables(sql);
    await succeed(database, project("A"), "apply");
    await deleteFeature(database, "g");
    await sql`update projects_project set name = 'B'`;
    const changed = (name: string) => {
      const leave = { defaults: { on_missing: "leave" } };
      const file = JSON.parse(JSON.stringify({ ...project(name, leave) }));
      file.projects[0].settings = { hide_disabled_flags: true };
      return file;
    };
    assert.match(
      await succeed(database, changed("B"), "apply", "--on-exists", "update"),
      /Updated project "B": hide_disabled_flags\.\n(.*\n)*Provisioning complete: 0 created, 1 updated, \d+ skipped\.\n$/,
    );
    const [last] =
      await sql`select event, address, details ->> 'from' as "from" from provisioning_log order by seq desc limit 1`;
    assert.deepEqual({ ...last }, { event: "updated", address: "project:O/B", from: "project:O/A" });
    await assertKnown(database, changed("B"));
    // Once more, without a run between them.
    await sql`update projects_project set name = 'C'`;
    await assertKnown(database, changed("C"));
    const torn = await runCli(["teardown", "--address", "project:O/B", "--yes", "--cascade"], {
      databaseUrl: url,
    });
    assert.equal(torn.code, 0, torn.err);
    assert.equal((await sql`select from projects_project where deleted_at is null`).length, 0);
    const all = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(all.code, 0, all.err);
    assertTornDown(empty, await dumpTables(sql));
  });
});

Deno.test("teardown finds what the log knows by another address: the entity itself, and what is below it", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    await succeed(database, project("A"), "apply");
    await sql`update projects_project set name = 'B'`;
    const teardown = (address: string) =>
      runCli(["teardown", "--address", address, "--yes", "--cascade"], { databaseUrl: url });
    assert.deepEqual(await teardown("environment:O/B/Dev"), {
      code: 0,
      out:
        'Deleted feature state "Dev" in feature "f".\nDeleted environment "Dev" in project "A".\nTeardown complete: 2 deleted, 0 restored.\n',
      err: "",
    });
    const { code, out } = await teardown("project:O/B");
    assert.deepEqual([code, /^Deleted project "A" in organisation "O"\.$/m.test(out)], [0, true], out);
    assert.match(
      (await teardown("project:O/B")).err,
      /^note: The log has no active event for this selection/,
    );
  });
});

Deno.test("a run after a followed rename is undone by itself", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    await succeed(database, project("A"), "apply");
    await sql`update projects_project set name = 'B'`;
    const before = await dumpTables(sql);
    const file = JSON.parse(JSON.stringify(project("B")));
    file.projects[0].settings = { hide_disabled_flags: true };
    await succeed(database, file, "apply", "--on-exists", "update");
    const [last] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    const torn = await runCli(["teardown", "--run", String(last?.["run_id"]), "--yes"], { databaseUrl: url });
    assert.equal(torn.code, 0, torn.err);
    assertTornDown(before, await dumpTables(sql));
    await assertKnown(database, project("B"));
  });
});

Deno.test("entities that change names are each known by their rows, and so is what is below them", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    const file = (first: string, second: string) => ({
      organisations: [{ name: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        environments: [
          { name: first, rotate: "one", server_side_environment_keys: [{ name: "K", rotate: "one" }] },
          { name: second, server_side_environment_keys: [{ name: "K" }] },
        ],
        features: [{ name: "f", environments: { [first]: { value: 1 }, [second]: { value: 2 } } }],
      }],
    });
    await succeed(database, file("X", "Y"), "apply");
    await sql`update environments_environment set name = case name when 'X' then 'Y' else 'X' end`;
    await assertKnown(database, file("Y", "X"));
  });
});

Deno.test("what somebody else has under the former name is not ours, and what was renamed is", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    const file = (...tags: readonly string[]) => ({
      organisations: [{ name: "O" }],
      projects: [{ name: "P", organisation: "O", tags: tags.map((label) => ({ label })) }],
    });
    await succeed(database, file("old"), "apply");
    await sql`update tags_tag set label = 'new'`;
    await sql`insert into tags_tag (uuid, label, color, description, project_id, is_system_tag, is_permanent, type)
      select gen_random_uuid(), 'old', color, description, project_id, false, false, type from tags_tag`;
    await assertKnown(database, file("new"));
    const { code, err } = await run(database, file("new", "old"), "apply", "--on-exists", "fail");
    assert.deepEqual([code, err.match(/error: .*/g)], [1, [
      'error: Tag "old" exists already [FP302]',
    ]]);
    await succeed(database, file("new", "old"), "apply", "--on-exists", "update");
    const [last] = await sql`select event, address from provisioning_log order by seq desc limit 1`;
    assert.deepEqual({ ...last }, { event: "adopted", address: "tag:O/P/old" });
    await assertKnown(database, file("new", "old"));
  });
});

Deno.test("a row that only has the primary key of a logged one is not known by another address", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    const file = (name: string) => ({
      organisations: [{ name: `O ${name}`, groups: [{ name: `G ${name}` }] }],
      users: [{ email: `${name}@example.com` }],
    });
    await succeed(database, file("a"), "apply");
    // As after `manage.py flush`, when somebody else made the rows.
    await sql`update organisations_organisation set uuid = gen_random_uuid(), name = 'O b'`;
    await sql`update users_userpermissiongroup set name = 'G b'`;
    await sql`update users_ffadminuser set uuid = gen_random_uuid(), email = 'b@example.com', username = 'b@example.com'`;
    const { code, err } = await run(database, file("b"), "apply", "--on-exists", "fail");
    assert.deepEqual([code, err.match(/error: \w+ /g)], [1, [
      "error: Organisation ",
      "error: Group ",
      "error: User ",
    ]]);
    assert.match(
      await succeed(database, file("b"), "status"),
      /^Status: \d+ in sync, \d+ not in files\.$/m,
    );
  });
});

Deno.test("a row of a table without a kind is known although the organisation in its key was renamed", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await sql.unsafe(`create table saml_samlconfiguration (
      id integer generated by default as identity primary key, frontend_url varchar(500) not null,
      organisation_id integer not null unique references organisations_organisation (id) deferrable initially deferred)`);
    const file = (name: string) =>
      JSON.stringify({
        version: "1.0",
        organisations: [{ name }],
        rows: [{
          table: "saml_samlconfiguration",
          key: { organisation_id: "@ref" },
          set: { frontend_url: "https://flags.example.com" },
        }],
      }).replaceAll('"@ref"', `!ref organisation:${name}`);
    await succeed(database, file("A"), "apply");
    await sql`update organisations_organisation set name = 'B'`;
    await assertKnown(database, file("B"));
    await sql`update saml_samlconfiguration set frontend_url = 'https://elsewhere.example.com'`;
    assert.match(
      await succeed(database, file("B"), "apply", "--on-exists", "update"),
      / 0 created, 1 updated, 1 skipped\.\n$/,
    );
    await assertKnown(database, file("B"));
  });
});
