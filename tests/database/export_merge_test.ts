/** `export --merge-into`: files follow the database, and keep everything that their authors wrote around it. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { exportOf } from "../support/export.ts";
import { applyFiles, ENV, filesOf, merge, withFiles } from "../support/export_merge.ts";
import { runCli } from "../support/run_cli.ts";

function filesBelow(directory: string): readonly string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => `${directory}/${name}`).sort();
}

const MERGE = filesBelow("tests/data/export/merge");
const SAME = { code: 0, out: "Merge complete: 0 changed, 0 added.\n", err: "" };

for (
  const [sources, organisation] of [
    [MERGE, "Blue"],
    [filesBelow("tests/data/shop"), "Acme, Inc."],
    [["tests/data/export/company.yaml"], "Blue & Sons"],
    [filesBelow("provisioning/demo").filter((path) => path.endsWith(".yaml")), "Northwind Market"],
    [["provisioning/e2e/e2e.yaml"], "Bullet Train Ltd"],
    [filesBelow("examples/config"), "Acme Corp"],
  ] as const
) {
  Deno.test(`export --merge-into leaves ${sources[0]} as it is while the database says the same`, async () => {
    await withDatabase({}, (database) =>
      withFiles(sources, async (directory) => {
        await applyFiles(database, directory);
        const before = await filesOf(directory);
        assert.deepEqual(await merge(database, directory, organisation), SAME);
        assert.deepEqual(await filesOf(directory), before);
      }));
  });
}

/** Changes of the sort that people make in the dashboard. */
const CHANGES = `
  update users_ffadminuser set last_name = 'Lovelace', first_name = 'A.' where email = 'ada@example.com';
  update organisations_userorganisation set role = 'ADMIN';
  update organisations_subscription set max_seats = 25, notes = E'first\\nsecond';
  update projects_project set stale_flags_limit_days = 7, hide_disabled_flags = true;
  update environments_environment set description = 'Where customers are', hide_sensitive_data = true where name = 'Prod';
  update environments_trait set string_value = 'pro' where trait_key = 'plan';
  insert into environments_trait (trait_key, value_type, string_value, created_date, identity_id) values ('city', 'unicode', 'Ulm', now(), 1);
  update environments_environmentapikey set active = false;
  update features_feature set description = 'Short.' where name = 'base';
  update features_feature set initial_value = '2' where name = 'compact';
  update features_feature set initial_value = 'b"c', is_archived = true where name = 'json';
  update multivariate_multivariatefeatureoption set default_percentage_allocation = 40 where key = 'blue';
  update features_featurestate set enabled = true where feature_segment_id is null and environment_id = 2;
  update segments_condition set value = 'no' where value = 'yes';
  update features_featuresegment set priority = 5 where priority = 0;
`;

const MORE = {
  version: "1.0",
  users: [{ email: "cleo@example.com" }],
  projects: [{ name: "App", organisation: "Blue", environments: [{ name: "Only", api_key: "only" }] }],
  environments: [{ name: "QA", project: "Web", api_key: "qa" }],
  tags: [{ label: "new", project: "Web" }],
  features: [{ name: "fresh", project: "Web", environments: { QA: { value: "7" } } }],
  segments: [{
    name: "young",
    project: "Web",
    rules: [{ type: "ALL", conditions: [{ property: "age", operator: "LESS_THAN", value: "30" }] }],
  }],
  segment_overrides: [
    {
      feature: "checkout",
      project: "Web",
      environment: "Prod",
      segment: "young",
      enabled: true,
      priority: 2,
    },
    { feature: "compact", project: "Web", environment: "Dev", segment: "young", enabled: true },
  ],
  identity_overrides: [
    { feature: "base", project: "Web", environment: "Dev", identifier: "alice", enabled: false },
    { feature: "base", project: "Web", environment: "Prod", identifier: "zoe", enabled: true, value: 5 },
  ],
  permissions: [{ user: "cleo@example.com", project: "Web", permissions: ["VIEW_PROJECT"] }],
};

Deno.test("export --merge-into writes what changed and what is new, and nothing else", async () => {
  await withDatabase({}, (database) =>
    withFiles(MERGE, async (directory) => {
      await applyFiles(database, directory);
      await database.sql.unsafe(CHANGES);
      const more = await runCli(["apply", "--file", "-"], {
        databaseUrl: database.url,
        stdin: JSON.stringify(MORE),
      });
      assert.equal(more.code, 0, more.err);
      const live = await exportOf(database.url, "Blue");
      assert.deepEqual(await merge(database, directory, "Blue"), {
        code: 0,
        out:
          "Updated DIR/10-people.yaml.\nUpdated DIR/20-web.yaml.\nUpdated DIR/30-more.json.\nMerge complete: 20 changed, 17 added.\n",
        err: "",
      });
      for (const [name, text] of Object.entries(await filesOf(directory))) {
        const golden = `tests/golden/export/merge/${name}`;
        if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(golden, text);
        assert.deepEqual(text.split("\n"), (await Deno.readTextFile(golden)).split("\n"));
      }
      assert.equal(JSON.parse(await Deno.readTextFile(`${directory}/30-more.json`)).features.length, 1);
      assert.deepEqual(await merge(database, directory, "Blue"), SAME);
      // What the files say now is what the database holds.
      await withDatabase({}, async (empty) => {
        await applyFiles(empty, directory);
        assert.deepEqual(withoutKeys(await exportOf(empty.url, "Blue")), withoutKeys(live));
      });
    }));
});

/** The lines of an export without keys that were made by chance. */
function withoutKeys(text: string): readonly string[] {
  return text.replaceAll(/,? ?api_key: \w{22}/g, "").split("\n");
}

Deno.test("export --merge-into into an empty directory writes the whole export, and a second one nothing", async () => {
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      await withFiles(MERGE, (source) => applyFiles(database, source));
      const { code, out, err } = await merge(database, directory, "Blue");
      const note =
        "note: Secrets are not exported. Before applying set ADA_EXAMPLE_COM_PASSWORD, WEB_PROD_BACKEND_KEY\n";
      assert.deepEqual([code, err], [0, note]);
      assert.equal(out, "Updated DIR/exported.yaml.\nMerge complete: 0 changed, 4 added.\n");
      assert.deepEqual(await filesOf(directory), { "exported.yaml": await exportOf(database.url, "Blue") });
      assert.deepEqual(await merge(database, directory, "Blue"), SAME);
      assert.deepEqual(await merge(database, directory, "Blue", "--project", "Web"), SAME);
    }));
});

Deno.test("export --merge-into keeps passwords and keys as they are written, and adds none that a file leaves out", async () => {
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      const text = `version: '1.0'
users:
  - { email: a@example.com, password: '\${OWNER_PASSWORD}' }
  - { email: b@example.com }
organisations: [{ name: O, members: [{ email: a@example.com }, { email: b@example.com }] }]
projects: [{ name: P, organisation: O, environments: [{ name: E, server_side_environment_keys: [{ name: k }] }] }]
`;
      await Deno.writeTextFile(`${directory}/a.yaml`, text);
      await applyFiles(database, directory);
      await database.sql`update users_ffadminuser set password = 'pbkdf2_sha256$1$a$b'`;
      assert.deepEqual(await merge(database, directory, "O"), SAME);
      assert.deepEqual(await filesOf(directory), { "a.yaml": text });
    }));
});

Deno.test("export --merge-into tells what it leaves: unset variables, unset values, aliases, what is gone", async () => {
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      const text = `version: '1.0'
organisations:
  - name: O
    settings: { webhook_notification_email: ops@example.com, force_2fa: '\${FORCE}' }
projects:
  - name: P
    organisation: O
    environments:
      - { name: Dev, settings: &settings { banner_text: Careful } }
      - { name: Prod, settings: *settings }
    features:
      - { name: gone }
      - { name: f, description: '\${TEXT}' }
`;
      await Deno.writeTextFile(`${directory}/a.yaml`, text);
      const env = { ...ENV, FORCE: "false", TEXT: "text" };
      const args = ["apply", "--directory", directory];
      const applied = await runCli(args, { databaseUrl: database.url, env });
      assert.equal(applied.code, 0, applied.err);
      await database.sql.unsafe(`
        update organisations_organisation set webhook_notification_email = null, force_2fa = true;
        update environments_environment set banner_text = 'Other' where name = 'Prod';
        update features_feature set description = 'other';
        update features_feature set deleted_at = now() where name = 'gone'`);
      const { code, out, err } = await merge(database, directory, "O");
      assert.deepEqual(
        err.split("\n"),
        `DIR/a.yaml:4:45: warning: "settings.webhook_notification_email" of organisation "O" differs from the database and is left as it is: there it is unset, which the format cannot express [FP445]
  |
4 |     settings: { webhook_notification_email: ops@example.com, force_2fa: '\${FORCE}' }
  |                                             ^~~~~~~~~~~~~~~
DIR/a.yaml:4:73: warning: "settings.force_2fa" of organisation "O" differs from the database and is left as it is: it comes from a variable that is not set here, or from a secret [FP445]
  |
4 |     settings: { webhook_notification_email: ops@example.com, force_2fa: '\${FORCE}' }
  |                                                                         ^~~~~~~~~~
DIR/a.yaml:9:57: warning: "settings.banner_text" of environment "Prod" of project "P" differs from the database and is left as it is: it is shared by an alias and its anchor, so it cannot be changed alone [FP445]
  |
9 |       - { name: Dev, settings: &settings { banner_text: Careful } }
  |                                                         ^~~~~~~
DIR/a.yaml:12:17: warning: Feature "gone" is not in the database; it is left in the file [FP449]
   |
12 |       - { name: gone }
   |                 ^~~~
   = hint: Remove it from the file, or the next apply creates it again
DIR/a.yaml:13:33: warning: "description" of feature "f" of project "P" differs from the database and is left as it is: it comes from a variable that is not set here, or from a secret [FP445]
   |
13 |       - { name: f, description: '\${TEXT}' }
   |                                 ^~~~~~~~~
`.split("\n"),
      );
      assert.deepEqual([code, out], [0, "Merge complete: 0 changed, 0 added.\n"]);
      assert.deepEqual(await filesOf(directory), { "a.yaml": text });
      const strict = await merge(database, directory, "O", "--strict");
      assert.equal(strict.code, 1);
    }));
});

Deno.test("export --merge-into refuses names that come from variables which are not set", async () => {
  await withFiles([], async (directory) => {
    const text =
      "version: '1.0'\nusers:\n  - { email: '${MAIL}' }\n  - { email: '${OTHER:b@example.com}' }\n";
    await Deno.writeTextFile(`${directory}/a.yaml`, text);
    const { code, out, err } = await runCli(["export", "--organisation", "O", "--merge-into", directory], {
      databaseUrl: "postgres://u@127.0.0.1:1/none",
    });
    assert.deepEqual([code, out], [1, ""]);
    assert.equal(
      err.replaceAll(directory, "DIR"),
      `DIR/a.yaml:3:14: error: A name comes from a variable that is not set [FP020]
  |
3 |   - { email: '\${MAIL}' }
  |              ^~~~~~~~~
  = hint: Set it as apply has it, so that the entity can be found in the database
1 error; nothing was changed.
`,
    );
  });
});

Deno.test("export --merge-into keeps the mode of a file", async () => {
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      const path = `${directory}/a.yaml`;
      await Deno.writeTextFile(path, "version: '1.0'\norganisations:\n  - name: O\n", { mode: 0o640 });
      await Deno.chmod(path, 0o640);
      await applyFiles(database, directory);
      await database.sql`update organisations_organisation set force_2fa = true`;
      const { out } = await merge(database, directory, "O");
      assert.equal(out, "Updated DIR/a.yaml.\nMerge complete: 1 changed, 0 added.\n");
      assert.equal(
        await Deno.readTextFile(path),
        "version: '1.0'\norganisations:\n  - name: O\n    settings: { force_2fa: true }\n",
      );
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o640);
    }));
});

Deno.test("export --merge-into writes nothing that apply would refuse", async () => {
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      const text =
        "version: '1.0'\norganisations: [{ name: O }]\nprojects: [{ name: P, organisation: O, segments: [{ name: s, rules: [{ type: ALL }] }] }]\n";
      await Deno.writeTextFile(`${directory}/a.yaml`, text);
      await applyFiles(database, directory);
      await database
        .sql`insert into segments_segment select (json_populate_record(t, '{"id": 9, "name": "none", "version_of_id": 9, "uuid": "00000000-0000-4000-8000-000000000000"}')).* from segments_segment t`;
      assert.deepEqual(await merge(database, directory, "O"), {
        code: 0,
        out: "Merge complete: 0 changed, 0 added.\n",
        err:
          'warning: Segment "none" in project "P" is left out, because apply would refuse it (FP103): Segment "none" has no rules [FP441]\n  = hint: A segment needs at least one rule\n',
      });
      assert.deepEqual(await filesOf(directory), { "a.yaml": text });
    }));
});

Deno.test("export --merge-into refuses files with mistakes before it asks the database", async () => {
  await withFiles([], async (directory) => {
    await Deno.writeTextFile(`${directory}/a.yaml`, "version: '1.0'\norganisation: []\n");
    const { code, out, err } = await runCli(["export", "--organisation", "O", "--merge-into", directory], {
      databaseUrl: "postgres://u@127.0.0.1:1/none",
    });
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /"organisation" is not a key of a provisioning document \[FP102\]/);
  });
});
