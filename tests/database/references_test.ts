/** References to live rows by their different names. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

const BASE = {
  organisations: [{ name: "One" }, { name: "Two" }],
  projects: [{ name: "Web", organisation: "One", environments: [{ name: "Development" }] }, {
    name: "Api/v2",
    organisation: "One",
  }],
};

Deno.test("apply() creates each state once when references lead to one project by different names", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([BASE, {
      environments: [{ name: "QA", project: "Web", organisation: "One" }],
      features: [{ name: "a", project: "Web" }, { name: "b", project: "One/Web" }],
    }], { databaseUrl: url });
    const states = await sql`select f.name as feature, e.name as environment from features_featurestate s
      join features_feature f on f.id = s.feature_id join environments_environment e on e.id = s.environment_id order by 1, 2`;
    assert.deepEqual([...states], [
      { feature: "a", environment: "Development" },
      { feature: "a", environment: "QA" },
      { feature: "b", environment: "Development" },
      { feature: "b", environment: "QA" },
    ]);
    const [log] =
      await sql`select array_agg(address order by address) as addresses from provisioning_log where kind = 'feature'`;
    assert.deepEqual(log?.["addresses"], ["feature:One/Web/a", "feature:One/Web/b"]);
  });
});

Deno.test("apply() takes a name with a slash as a whole before it takes it as organisation and project", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([BASE, { projects: [{ name: "v2", organisation: "Two" }] }, {
      features: [{ name: "f", project: "Api/v2" }],
    }], { databaseUrl: url });
    const [row] =
      await sql`select p.name from features_feature f join projects_project p on p.id = f.project_id`;
    assert.equal(row?.["name"], "Api/v2");
  });
});

Deno.test("apply() refuses a project name that several organisations have", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([BASE, { projects: [{ name: "Web", organisation: "Two" }] }], { databaseUrl: url });
    const stdin = "version: '1.0'\nfeatures:\n  - {name: f, project: Web}\n";
    const { code, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin });
    assert.equal(code, 1);
    assert.equal(
      err,
      `<stdin>:3:24: error: "Web" fits more than one project: in "One", "Two" [FP203]
  |
3 |   - {name: f, project: Web}
  |                        ^~~
  = hint: Add "organisation:" beside it
1 error; nothing was changed.
`,
    );
  });
});

const MEMBER = { email: "Owner@Example.com", role: "ADMIN", create_user: true };

Deno.test("apply() creates a member's user when the member says so and nobody else has", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const [first] = await applyDocuments([{
      organisations: [
        {
          name: "One",
          members: [{ email: "owner@example.com" }],
          groups: [{ name: "All", members: [{ email: "owner@example.com" }] }],
        },
        { name: "Two", members: [MEMBER] },
      ],
    }], { databaseUrl: url });
    assert.match(
      first?.out ?? "",
      /^Created user "Owner@Example\.com"\.\n.*Provisioning complete: 3 created, 0 skipped\.\n$/s,
    );
    const users =
      await sql`select u.email, u.is_superuser, u.password like '!%' as unusable, count(*)::int as memberships
      from users_ffadminuser u join organisations_userorganisation m on m.user_id = u.id group by u.id`;
    assert.deepEqual([...users], [
      { email: "Owner@example.com", is_superuser: false, unusable: true, memberships: 2 },
    ]);
  });
});

Deno.test("apply() takes the user of a file or of the database for a member that may create one", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const [declared, live] = await applyDocuments([
      {
        users: [{ email: "owner@example.com", is_superuser: true }],
        organisations: [{ name: "One", members: [MEMBER] }],
      },
      { defaults: { on_exists: "fail" }, organisations: [{ name: "Two", members: [MEMBER] }] },
    ], { databaseUrl: url });
    assert.match(declared?.out ?? "", /^Created user "owner@example\.com"\.$/m);
    assert.match(live?.out ?? "", /^Skipped user "Owner@Example\.com" \(already exists\)\.$/m);
    const users = await sql`select email, is_superuser from users_ffadminuser`;
    assert.deepEqual([...users], [{ email: "owner@example.com", is_superuser: true }]);
  });
});

Deno.test("apply() still asks for the user of a member that may create none", async () => {
  await withDatabase({}, async ({ url }) => {
    const stdin =
      "version: '1.0'\norganisations: [{name: One, members: [{email: a@example.com, create_user: false}]}]\n";
    const { code, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin });
    assert.equal(code, 1);
    assert.match(err, /error: User "a@example\.com" is not defined \[FP204\]/);
  });
});

Deno.test("apply() finds what belongs to a declared project by the short form of its name", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const place = { project: "One/Web", environment: "Development" };
    await applyDocuments([{
      ...BASE,
      features: [{ name: "f", project: "Web" }],
      segments: [{ name: "s", project: "Web", rules: [{ type: "ALL", conditions: [], rules: [] }] }],
      feature_states: [{ ...place, feature: "f", enabled: true }],
      segment_overrides: [{ ...place, feature: "f", segment: "s", enabled: true }],
      identities: [{ ...place, identifier: "i" }],
    }], { databaseUrl: url });
    const [counts] = await sql`select (select count(*)::int from features_featurestate) as states,
      (select count(*)::int from features_featurestate where enabled) as enabled,
      (select count(*)::int from environments_identity) as identities`;
    assert.deepEqual({ ...counts }, { states: 2, enabled: 2, identities: 1 });
  });
});

Deno.test("apply() leaves a new member in the default group where the user is already", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const user = { email: "a@example.com" };
    await applyDocuments([
      {
        users: [user],
        organisations: [{ name: "O", groups: [{ name: "G", is_default: true, members: [user] }] }],
        groups: [{ name: "H", organisation: "O", is_default: true }],
      },
      { defaults: { on_exists: "update" }, organisations: [{ name: "O", members: [user] }] },
    ], { databaseUrl: url });
    const links = await sql`select g.name from users_userpermissiongroup_users l
      join users_userpermissiongroup g on g.id = l.userpermissiongroup_id order by 1`;
    assert.deepEqual([...links], [{ name: "G" }, { name: "H" }]);
  });
});

Deno.test("apply() finds names again whose letters JavaScript and the database's locale make small differently", async () => {
  await withDatabase({}, async (database) => {
    const document = {
      users: [{ email: "A.B@b\u00dccher.example" }],
      organisations: [{ name: "O", members: [{ email: "a.b@B\u00dcCHER.example" }] }],
      projects: [{ name: "P", organisation: "O" }],
      features: ["\u00c9t\u00e9", "\u0130", "\u03a3"].map((name) => ({ name, project: "P" })),
    };
    await applyDocuments([document], { databaseUrl: database.url });
    const [again] = await assertUntouched(
      database,
      () => applyDocuments([document], { databaseUrl: database.url }),
    );
    assert.match(again?.out ?? "", /^Provisioning complete: 0 created, 6 skipped\.$/m);
  });
});

Deno.test("apply() counts the characters of a trait's key as PostgreSQL does", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const key = "\u{1F600}".repeat(200);
    await applyDocuments([BASE, {
      identities: [{ identifier: "i", project: "Web", environment: "Development", traits: { [key]: 1 } }],
    }], { databaseUrl: url });
    assert.deepEqual([...await sql`select trait_key from environments_trait`], [{ trait_key: key }]);
  });
});

Deno.test("apply() refuses groups of another organisation, also where no file tells whose the project is", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([BASE, { organisations: [{ name: "Two", groups: [{ name: "theirs" }] }] }, {
      groups: [{ name: "ours", organisation: "One" }],
    }], { databaseUrl: url });
    const apply = (document: unknown) =>
      runCli(["apply", "-f", "-"], {
        databaseUrl: url,
        stdin: JSON.stringify({ version: "1.0", ...Object(document) }),
      });
    const findings = (err: string) =>
      [...err.matchAll(/^<stdin>:\d+:\d+: error: (.*)$/gm)].map(([, text]) => text);
    const documents = [
      { features: [{ name: "f", project: "Web", group_owners: ["theirs"] }] },
      { permissions: [{ group: "theirs", project: "Web", permissions: ["VIEW_PROJECT"] }] },
      {
        permissions: [{
          group: "theirs",
          project: "Web",
          environment: "Development",
          permissions: ["VIEW_ENVIRONMENT"],
        }],
      },
      // Declared in the same file, below an organisation that is there or is made now.
      {
        groups: [{ name: "new", organisation: "Two" }],
        features: [{ name: "f", project: "Web", group_owners: ["new"] }],
      },
      {
        organisations: [{ name: "Three", groups: [{ name: "new" }] }],
        features: [{ name: "f", project: "Web", group_owners: ["new"] }],
      },
    ];
    for (const [at, document] of documents.entries()) {
      const name = at < 3 ? "theirs" : "new";
      const { code, err } = await apply(document);
      assert.deepEqual([code, findings(err)], [1, [
        `Group "${name}" is not defined in the organisation of project "Web" [FP204]`,
      ]]);
      assert.match(err, new RegExp(`hint: There is one in organisation "${at < 4 ? "Two" : "Three"}"`));
    }
    const taken = await apply({
      features: [{ name: "f", project: "Web", group_owners: ["ours"] }],
      permissions: [{ group: "ours", project: "Web", permissions: ["VIEW_PROJECT"] }],
    });
    assert.equal(taken.code, 0, taken.err);
  });
});

/** Two organisations with a group of one name each; `Two` has the live project, which no file below declares. */
const GROUPS = {
  organisations: [{ name: "One" }, { name: "Two" }],
  users: [{ email: "a@example.com" }],
  groups: [{ name: "Devs", organisation: "One" }, { name: "Devs", organisation: "Two" }],
};

const BESIDE_LIVE = `version: '1.0'
organisations: [{name: One}, {name: Two}]
groups: [{name: Devs, organisation: One}, {name: Devs, organisation: Two}, {name: New, organisation: One}, {name: New, organisation: Two}]
features:
  - {name: owned, project: Live, group_owners: [Devs, New]}
permissions:
  - {group: New, project: Live, permissions: [VIEW_PROJECT]}
  - {group: Devs, project: Live, environment: Prod, permissions: [VIEW_ENVIRONMENT]}
`;

Deno.test("a group's name is looked up in the organisation of the live project that no file declares", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    await applyDocuments([GROUPS, {
      projects: [{ name: "Live", organisation: "Two", environments: [{ name: "Prod" }] }],
    }], { databaseUrl: url });
    const validated = await runCli(["validate", "-f", "-"], { stdin: BESIDE_LIVE });
    assert.equal(validated.code, 0, validated.err);
    assert.deepEqual(
      validated.err.split("\n").filter((line) => line.includes("[FP")),
      [
        '<stdin>:5:28: warning: Project "Live" is not declared in any file and must exist in the database [FP250]',
        '<stdin>:8:47: warning: Environment "Prod" is not declared in any file and must exist in the database in project "Live" [FP250]',
      ],
    );
    const planned = await assertUntouched(
      database,
      () => runCli(["plan", "-f", "-"], { databaseUrl: url, stdin: BESIDE_LIVE }),
    );
    assert.equal(planned.code, 0, planned.err);
    const { code, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin: BESIDE_LIVE });
    assert.equal(code, 0, err);
    const groups =
      await sql`select g.name, o.name as organisation, 'owner' as as from features_feature_group_owners l
        join users_userpermissiongroup g on g.id = l.userpermissiongroup_id join organisations_organisation o on o.id = g.organisation_id
      union all select g.name, o.name, 'project' from projects_userpermissiongroupprojectpermission l
        join users_userpermissiongroup g on g.id = l.group_id join organisations_organisation o on o.id = g.organisation_id
      union all select g.name, o.name, 'environment' from environments_userpermissiongroupenvironmentpermission l
        join users_userpermissiongroup g on g.id = l.group_id join organisations_organisation o on o.id = g.organisation_id
      order by 3, 1`;
    assert.deepEqual(groups.map((row) => Object.values(row)), [
      ["Devs", "Two", "environment"],
      ["Devs", "Two", "owner"],
      ["New", "Two", "owner"],
      ["New", "Two", "project"],
    ]);
    const again = await assertUntouched(
      database,
      () => runCli(["-f", "-"], { databaseUrl: url, stdin: BESIDE_LIVE }),
    );
    assert.match(again.out, /0 created/);
    const status = await runCli(["status", "-f", "-"], { databaseUrl: url, stdin: BESIDE_LIVE });
    assert.deepEqual([status.code, status.err], [0, ""]);
  });
});

Deno.test("a project that is not live, or that several organisations have, is what is reported, and not its groups", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([GROUPS], { databaseUrl: url });
    const run = () => runCli(["-f", "-"], { databaseUrl: url, stdin: BESIDE_LIVE });
    assert.match((await run()).err, /^<stdin>:\d+:\d+: error: Project "Live" is not defined \[FP204\]/);
    await applyDocuments([{
      projects: [{ name: "Live", organisation: "One" }, { name: "Live", organisation: "Two" }],
    }], { databaseUrl: url });
    assert.deepEqual((await run()).err.split("\n").filter((line) => line.includes("[FP")), [
      '<stdin>:5:28: error: "Live" fits more than one project: in "One", "Two" [FP203]',
    ]);
  });
});
