/** `export --merge-into` after renames: each declaration finds its row, and the files get the names that the database has. */
import assert from "node:assert/strict";
import { type Given, withDatabase } from "../support/database.ts";
import { ENV, filesOf, merge, mergedText, withFiles } from "../support/export_merge.ts";
import { quickHash } from "../support/password_hash.ts";
import { runCli } from "../support/run_cli.ts";

const TEXT = `version: '1.0'
users:
  - {email: ada@example.com, password: correct horse}
organisations:
  - name: O
    members: [{email: ada@example.com, role: ADMIN}]
    groups:
      - name: Team
        members: [{email: ada@example.com}]
    projects:
      - name: Web  # the shop
        tags: [{label: ui}]
        environments:
          - {name: Prod, api_key: prod-key-of-web}
          - {name: Dev, api_key: dev-key-of-web}
        segments:
          - name: adults
            rules: [{type: ALL, conditions: [{property: age, operator: GREATER_THAN, value: '18'}]}]
        features:
          - name: limit
            tags: [ui]
            initial_value: '20'
            environments:
              Prod:
                value: '33'
                segment_overrides: [{segment: adults, enabled: true}]
              "Dev": {enabled: true}
identities: [{identifier: joe, project: Web, environment: Prod}]
permissions:
  - {group: Team, project: O/Web, permissions: [VIEW_PROJECT]}
  - {user: ada@example.com, project: Web, environment: Prod, permissions: [VIEW_ENVIRONMENT]}
`;

/** What is renamed → SQL, and the file as it is to be afterwards. */
const RENAMES: Readonly<Record<string, readonly [sql: string, edit: (text: string) => string]>> = {
  organisation: ["update organisations_organisation set name = 'O'", (text) => text],
  project: [
    "update projects_project set name = 'Shop: new'",
    (text) =>
      text.replace("name: Web  #", 'name: "Shop: new"  #').replace("O/Web", '"O/Shop: new"').replaceAll(
        "project: Web,",
        'project: "Shop: new",',
      ),
  ],
  environment: [
    "update environments_environment set name = 'Production' where name = 'Prod'",
    (text) => text.replaceAll("Prod:", "Production:").replaceAll(/Prod(?=[,}])/g, "Production"),
  ],
  "environment whose name is a quoted key": [
    "update environments_environment set name = 'Testing' where name = 'Dev'",
    (text) => text.replace('"Dev":', "Testing:").replace("name: Dev", "name: Testing"),
  ],
  segment: [
    "update segments_segment set name = 'grown-ups'",
    (text) => text.replaceAll("adults", "grown-ups"),
  ],
  tag: ["update tags_tag set label = 'front'", (text) => text.replaceAll(/\bui\b/g, "front")],
  feature: ["update features_feature set name = 'ceiling'", (text) => text.replaceAll("limit", "ceiling")],
  group: ["update users_userpermissiongroup set name = 'Crew'", (text) => text.replaceAll("Team", "Crew")],
  user: [
    "update users_ffadminuser set email = 'ada@example.org'",
    (text) => text.replaceAll("ada@example.com", "ada@example.org"),
  ],
  "several at once": [
    "update environments_environment set name = 'Production' where name = 'Prod'; update segments_segment set name = 'grown'; update projects_project set name = 'Shop'",
    (text) =>
      text.replaceAll("Prod:", "Production:").replaceAll(/Prod(?=[,}])/g, "Production").replaceAll(
        "adults",
        "grown",
      ).replaceAll(/\bWeb\b/g, "Shop"),
  ],
};

/** `TEXT` applied; what it says of passwords is hashed quickly. */
const APPLIED: Given = {
  key: `export merge renamed ${TEXT}`,
  prepare: async ({ url }) => {
    const io = { hash: quickHash };
    const { code, err } = await runCli(["apply", "--file", "-"], { databaseUrl: url, stdin: TEXT, io });
    assert.equal(code, 0, err);
  },
};

for (const [what, [sql, edit]] of Object.entries(RENAMES)) {
  Deno.test(`export --merge-into follows a rename (${what}) and adds nothing`, async () => {
    await withDatabase({ given: APPLIED }, (database) =>
      withFiles([], async (directory) => {
        await Deno.writeTextFile(`${directory}/a.yaml`, TEXT);
        const run = async (...args: readonly string[]) => {
          const { code, out, err } = await runCli([...args, "--directory", directory], {
            databaseUrl: database.url,
            env: ENV,
          });
          assert.equal(code, 0, `${args[0]}: ${out}${err}`);
          return out;
        };
        await database.sql.unsafe(sql);
        const merged = await merge(database, directory, "O");
        assert.equal(merged.code, 0, merged.err);
        assert.match(merged.out, /, 0 added\.\n$/);
        assert.deepEqual(await filesOf(directory), { "a.yaml": edit(TEXT) });
        assert.equal((await merge(database, directory, "O")).out, "Merge complete: 0 changed, 0 added.\n");
        await run("validate");
        for (const policy of ["fail", "skip", "update"]) {
          const planned = await run("plan", "--on-exists", policy);
          assert.match(planned, /^(Nothing to do\.|Plan: 0 to create, \d+ to skip\.)$/m);
          assert.match(await run("apply", "--on-exists", policy), /0 created, \d+ skipped\.\n$/);
          assert.match(await run("status"), /^Status: \d+ in sync\.\n$/);
        }
      }));
  });
}

Deno.test("an organisation that was renamed is exported under its new name, and the file follows", async () => {
  await withDatabase({ given: APPLIED }, (database) =>
    withFiles([], async (directory) => {
      await Deno.writeTextFile(`${directory}/a.yaml`, TEXT);
      await database.sql`update organisations_organisation set name = 'Acme'`;
      const merged = await merge(database, directory, "Acme");
      assert.deepEqual([merged.code, merged.err], [0, ""]);
      assert.deepEqual(await filesOf(directory), {
        "a.yaml": TEXT.replace("name: O\n", "name: Acme\n").replace("O/Web", "Acme/Web"),
      });
    }));
});

Deno.test("export --merge-into leaves names with escapes and variables alone that a rename above them does not change", async () => {
  const escaped = (source: string): string => source.replace("ui", () => "'$${ui}'");
  const text = TEXT.replace("[{label: ui}]", escaped).replace("tags: [ui]", escaped)
    .replace("name: Dev,", "name: '${DEV:Dev}',").replace('"Dev":', "Dev:");
  const result = await mergedText(text, "update projects_project set name = 'Shop'");
  assert.deepEqual([result.code, result.err], [0, ""]);
  assert.equal(result.text, text.replaceAll(/\bWeb\b/g, "Shop"));
});

Deno.test("a name that cannot be changed in the file refuses the merge and names both", async () => {
  const text = TEXT.replace("name: Prod,", "name: '${PROD:Prod}',");
  const result = await mergedText(
    text,
    "update environments_environment set name = 'Live' where name = 'Prod'",
  );
  assert.equal(result.code, 1);
  assert.match(
    result.err,
    /^error: The files cannot be merged: environment "Prod" at DIR\/a\.yaml:\d+:\d+ is "Live" in the database, and .* \[FP448\]$/m,
  );
  assert.equal(result.text, text);
});

Deno.test("a rename that is still to be applied refuses the merge", async () => {
  const first = TEXT.replaceAll("adults", "minors");
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      const path = `${directory}/a.yaml`;
      await Deno.writeTextFile(path, first);
      await runCli(["apply", "--directory", directory], { databaseUrl: database.url });
      await Deno.writeTextFile(
        path,
        TEXT.replace("- name: adults", "- name: adults\n            renamed_from: minors"),
      );
      const { code, err } = await merge(database, directory, "O");
      assert.equal(code, 1);
      assert.match(err, /segment "adults" at .* is "minors" in the database, and "renamed_from" says/);
    }));
});

Deno.test("two declarations that meet in one live row are an error of plan, apply, status and a merge", async () => {
  await withDatabase({ given: APPLIED }, (database) =>
    withFiles([], async (directory) => {
      const path = `${directory}/a.yaml`;
      await database
        .sql`update environments_environment set name = 'Production', api_key = 'another-key' where name = 'Prod'`;
      await Deno.writeTextFile(
        path,
        TEXT.replace(
          "          - {name: Dev,",
          "          - {name: Production, api_key: another-key}\n          - {name: Dev,",
        ),
      );
      for (const command of [["plan"], ["apply"], ["apply", "--on-exists", "update"], ["status"]]) {
        const { code, err } = await runCli([...command, "--directory", directory], {
          databaseUrl: database.url,
        });
        assert.equal(code, 1, command[0]);
        assert.match(
          err.replaceAll(directory, "DIR"),
          /^DIR\/a\.yaml:1\d:\d+: error: Environment "Prod(uction)?" is declared twice: environment "Prod(uction)?" is the same row of the database, "Production" \[FP201\]$/m,
        );
        assert.match(err.replaceAll(directory, "DIR"), /The other declaration is at DIR\/a\.yaml:1\d:\d+;/);
      }
      const merged = await merge(database, directory, "O");
      assert.deepEqual([merged.code, /FP201/.test(merged.err)], [1, true]);
    }));
});

Deno.test("validate refuses two declarations that are to be renamed from one name", async () => {
  const text = TEXT.replace("name: Prod,", "name: Prod, renamed_from: Old,").replace(
    "name: Dev,",
    "name: Dev, renamed_from: Old,",
  );
  const { code, err } = await runCli(["validate", "-f", "-"], { stdin: text });
  assert.equal(code, 1);
  assert.match(
    err,
    /<stdin>:\d+:\d+: error: Environment "\w+" is to be renamed from "Old", and so is "\w+" \[FP201\]/,
  );
});
