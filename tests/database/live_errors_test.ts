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
  = hint: Choose another username
2 errors; nothing was changed.
`,
    ({ sql }) => sql`update environments_environment set deleted_at = now()`,
  );
});

Deno.test("apply refuses the ldap_dn of another live group", async () => {
  await assertRefused(
    `groups:
  - {name: B, organisation: O, ldap_dn: cn=ops, external_id: one}
  - {name: Ops, organisation: O, on_exists: update, external_id: two}
`,
    `<stdin>:3:12: error: The ldap_dn of group "B" is taken: row 1 of users_userpermissiongroup holds it [FP303]
  |
3 |   - {name: B, organisation: O, ldap_dn: cn=ops, external_id: one}
  |            ^
  = hint: Two groups cannot map to the same group of the directory, not even in different organisations; group "Ops" can be given another one in the same run (on_exists: update)
1 error; nothing was changed.
`,
    ({ sql }) =>
      sql`insert into users_userpermissiongroup (id, name, organisation_id, is_default, ldap_dn)
        select 1, 'Ops', id, false, 'cn=ops' from organisations_organisation`,
  );
});

Deno.test("apply checks lengths against the live columns", async () => {
  await assertRefused(
    "features:\n  - {name: g, project: Web, initial_value: abcdefgh}\n",
    `<stdin>:3:44: error: "initial_value" is 8 characters long; Flagsmith stores 5 at most [FP106]
  |
3 |   - {name: g, project: Web, initial_value: abcdefgh}
  |                                            ^~~~~~~~
  = hint: The column features_feature.initial_value is as long as that
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

Deno.test("apply refuses a name that fits live rows of several parents, and names the parents", async () => {
  await assertRefused(
    "environments:\n  - {name: QA, project: Web}\n",
    `<stdin>:3:25: error: "Web" fits more than one project: in "O", "P" [FP203]
  |
3 |   - {name: QA, project: Web}
  |                         ^~~
  = hint: Add "organisation:" beside it
1 error; nothing was changed.
`,
    ({ url }) =>
      applyDocuments(
        [{ organisations: [{ name: "P" }], projects: [{ name: "Web", organisation: "P" }] }],
        { databaseUrl: url },
      ),
  );
});

Deno.test("apply warns when a live key is another one than the file chooses, and leaves it", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([BASE, { environments: [{ name: "E", project: "Web", api_key: "first" }] }], {
      databaseUrl: url,
    });
    const stdin =
      "version: '1.0'\nenvironments:\n  - {name: E, project: Web, on_exists: update, api_key: second}\n";
    const { code, out, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin });
    assert.deepEqual([code, out, err], [
      0,
      'Skipped environment "E" in project "Web" (already exists).\nProvisioning complete: 0 created, 1 skipped.\n',
      `<stdin>:3:12: warning: Environment "E" exists with another client-side key and keeps it [FP350]
  |
3 |   - {name: E, project: Web, on_exists: update, api_key: second}
  |            ^
  = hint: rotate: with any new text replaces the key
`,
    ]);
  });
});

Deno.test("apply creates no segment that a file only wants to change", async () => {
  await assertRefused(
    "segments:\n  - {name: s, project: Web, on_exists: update, description: new}\n",
    `<stdin>:3:12: error: Segment "s" is not there and would be created without rules [FP103]
  |
3 |   - {name: s, project: Web, on_exists: update, description: new}
  |            ^
  = hint: A segment needs at least one rule
1 error; nothing was changed.
`,
  );
});

Deno.test("apply refuses what the live project or organisation cannot hold: identities, traits, permission keys", async () => {
  await assertRefused(
    `identities:
  - {identifier: i, project: Web, environment: Edge}
  - {identifier: j, project: Plain, environment: E, traits: {a: 1}}
  - {identifier: k, project: Plain, environment: E}
permissions:
  - {user: a@example.com, project: Plain, permissions: [VIEW_PROJECT, CREATE_FEATURE]}
`,
    `<stdin>:3:18: error: Identity "i" cannot be a row of this database: its project keeps identities in DynamoDB [FP304]
  |
3 |   - {identifier: i, project: Web, environment: Edge}
  |                  ^
  = hint: Make it through the API of that project
<stdin>:4:18: error: Identity "j" has traits, and its organisation stores none (persist_trait_data: false) [FP304]
  |
4 |   - {identifier: j, project: Plain, environment: E, traits: {a: 1}}
  |                  ^
  = hint: Leave the traits out, or let the organisation store them
<stdin>:7:71: error: This Flagsmith release has no permission "CREATE_FEATURE" [FP304]
  |
7 |   - {user: a@example.com, project: Plain, permissions: [VIEW_PROJECT, CREATE_FEATURE]}
  |                                                                       ^~~~~~~~~~~~~~
3 errors; nothing was changed.
`,
    async ({ sql, url }) => {
      await applyDocuments([{
        environments: [{ name: "Edge", project: "Web" }],
        organisations: [{ name: "Silent", settings: { persist_trait_data: false } }],
        projects: [{ name: "Plain", organisation: "Silent", environments: [{ name: "E" }] }],
        users: [{ email: "a@example.com", on_exists: "skip" }],
      }], { databaseUrl: url });
      await sql`update projects_project set enable_dynamo_db = true where name = 'Web'`;
      await sql`delete from permissions_permissionmodel where key = 'CREATE_FEATURE'`;
    },
  );
});

Deno.test("plan and apply refuse a domain that another row of django_site holds", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await sql`insert into django_site (id, domain, name) values (2, 'flags.example.com', 'x')`;
    for (const command of ["plan", "apply"]) {
      const { code, out, err } = await runCli([command, "-f", "-"], {
        databaseUrl: url,
        stdin: "version: '1.0'\napp_domain: flags.example.com\n",
      });
      assert.deepEqual([code, out, err.split("\n")[0]], [
        1,
        "",
        "<stdin>:2:13: error: The domain is taken: row 2 of django_site holds it [FP303]",
      ]);
    }
    const sites = await sql`select id, domain from django_site order by id`;
    assert.deepEqual(sites.map((row) => [row["id"], row["domain"]]), [
      [1, "example.com"],
      [2, "flags.example.com"],
    ]);
  });
});
