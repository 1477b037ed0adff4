/** Mistakes that only live rows show: reported like all others, before anything is written. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { diffDumps, dumpTables } from "../support/dump.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const BASE = {
  users: [{ email: "a@example.com", username: "taken" }],
  organisations: [{ name: "O" }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Dev", api_key: "chosen-key" }],
    features: [{ name: "f" }],
  }],
};

/** Applies BASE, lets `before` change rows, then expects `text` to be refused with exactly `expected` and nothing changed. */
async function assertRefused(
  text: string,
  expected: string,
  before: (database: TestDatabase) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await withDatabase({}, async (database) => {
    await applyDocuments([BASE], { databaseUrl: database.url });
    await before(database);
    const rows = await dumpTables(database.sql);
    const { code, out, err } = await runCli(["-f", "-"], {
      databaseUrl: database.url,
      stdin: `version: '1.0'\n${text}`,
    });
    assert.equal(err, expected);
    assert.deepEqual([code, out], [1, ""]);
    assert.deepEqual(diffDumps(rows, await dumpTables(database.sql)), {
      inserted: new Map(),
      updated: new Map(),
      deleted: new Map(),
    });
  });
}

Deno.test("apply refuses duplicate rows in the database and names their ids", async () => {
  await assertRefused(
    "projects:\n  - {name: P, organisation: O}\n",
    `<stdin>:3:29: error: The database holds 2 live rows for organisation "O": organisations_organisation id 1, 2 [FP301]
  |
3 |   - {name: P, organisation: O}
  |                             ^
  = hint: Rename or remove one of them; the tool does not guess
1 error; nothing was changed.
`,
    ({ sql }) =>
      sql`insert into organisations_organisation select (json_populate_record(o, json_build_object('id', 2, 'uuid', gen_random_uuid()))).* from organisations_organisation o`,
  );
});

Deno.test("apply refuses what exists under on_exists: fail", async () => {
  await assertRefused(
    "organisations:\n  - {name: O, on_exists: fail, settings: {force_2fa: true}}\n",
    `<stdin>:3:12: error: Organisation "O" exists already with other content [FP302]
  |
3 |   - {name: O, on_exists: fail, settings: {force_2fa: true}}
  |            ^
  = hint: on_exists: fail was asked for
1 error; nothing was changed.
`,
  );
});

Deno.test("apply refuses chosen keys and user names that other rows hold, deleted ones too", async () => {
  await assertRefused(
    "environments:\n  - {name: QA, project: Web, api_key: chosen-key}\nusers:\n  - {email: b@example.com, username: taken}\n",
    `<stdin>:3:12: error: The key of environment "QA" is taken: row 1 of environments_environment holds it [FP303]
  |
3 |   - {name: QA, project: Web, api_key: chosen-key}
  |            ^~
  = hint: Choose another api_key; rows that were deleted in the dashboard keep their key
<stdin>:5:13: error: The username of user "b@example.com" is taken: row 1 of users_ffadminuser holds it [FP303]
  |
5 |   - {email: b@example.com, username: taken}
  |             ^~~~~~~~~~~~~
2 errors; nothing was changed.
`,
    ({ sql }) => sql`update environments_environment set deleted_at = now()`,
  );
});

Deno.test("apply refuses to change the rules of a live segment, and says so", async () => {
  const segment = (value: string) =>
    `segments:
  - name: s
    project: Web
    on_exists: update
    rules: [{type: ALL, conditions: [{property: p, operator: EQUAL, value: ${value}}]}]
`;
  await assertRefused(
    segment("two"),
    `<stdin>:3:11: error: Segment "s" exists with other rules, and rules of a live segment are not changed by this release [FP304]
  |
3 |   - name: s
  |           ^
  = hint: Change them in the dashboard, or give the segment a new name
1 error; nothing was changed.
`,
    async ({ url }) => {
      await runCli(["-f", "-"], { databaseUrl: url, stdin: `version: '1.0'\n${segment("one")}` });
    },
  );
});

Deno.test("apply checks lengths against the live columns", async () => {
  await assertRefused(
    "features:\n  - {name: g, project: Web, initial_value: abcdefgh}\n",
    `<stdin>:3:44: error: "initial_value" is 8 characters long; Flagsmith stores 5 at most [FP106]
  |
3 |   - {name: g, project: Web, initial_value: abcdefgh}
  |                                            ^~~~~~~~
1 error; nothing was changed.
`,
    ({ sql }) => sql`alter table features_feature alter column initial_value type varchar(5)`,
  );
});

Deno.test("apply refuses feature names that the live project's regex does not match", async () => {
  await assertRefused(
    "features:\n  - {name: New-Flag, project: Web}\n",
    `<stdin>:3:12: error: Feature "New-Flag" does not match the project's feature_name_regex [FP115]
  |
3 |   - {name: New-Flag, project: Web}
  |            ^~~~~~~~
  = hint: The project "Web" allows names that match [a-z]+
1 error; nothing was changed.
`,
    ({ sql }) => sql`update projects_project set feature_name_regex = '[a-z]+'`,
  );
});

Deno.test("apply suggests live names for a reference that nothing fits", async () => {
  await assertRefused(
    "features:\n  - {name: g, project: Wev}\n",
    `<stdin>:3:24: error: Project "Wev" is not defined [FP204]
  |
3 |   - {name: g, project: Wev}
  |                        ^~~
  = hint: Did you mean "Web"?
1 error; nothing was changed.
`,
  );
});

Deno.test("apply warns of fields that on_exists: update neither compares nor changes", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([BASE], { databaseUrl: url });
    const stdin =
      "version: '1.0'\nfeatures:\n  - {name: f, project: Web, on_exists: update, owners: [a@example.com]}\n";
    const { code, out, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin });
    assert.equal(code, 0);
    assert.equal(
      out,
      'Skipped feature "f" in project "Web" (already exists).\nProvisioning complete: 0 created, 1 skipped.\n',
    );
    assert.equal(
      err,
      `<stdin>:3:12: warning: Feature "f" exists; "owners" of a live feature is neither compared nor changed [FP350]
  |
3 |   - {name: f, project: Web, on_exists: update, owners: [a@example.com]}
  |            ^
`,
    );
  });
});
