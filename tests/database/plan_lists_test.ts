/** What `plan`, `status` and plan files make of fields that hold several values: lists, traits, options, rules, columns of rows. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";

const rules = (value: string, ...more: readonly string[]) => [{
  type: "ALL",
  rules: [{
    type: "ANY",
    conditions: [{ property: "plan", operator: "EQUAL", value, description: "who pays" }],
  }, {
    type: "ANY",
    conditions: more.map((property) => ({ property, operator: "IS_SET", value: null })),
  }],
}];

const GIVEN = {
  version: "1.0",
  users: [{ email: "a@example.com" }, { email: "b@example.com" }, { email: "c@example.com" }],
  organisations: [{
    name: "O",
    members: [{ email: "a@example.com" }, { email: "b@example.com" }],
    groups: [{ name: "G", members: [{ email: "a@example.com" }, { email: "c@example.com" }] }],
  }],
  projects: [{
    name: "P",
    organisation: "O",
    tags: [{ label: "t" }, { label: "u" }, { label: "v" }],
    environments: [{ name: "E", identities: [{ identifier: "i", traits: { plan: "pro", age: 1 } }] }],
    segments: [{ name: "s", rules: rules("x", "p") }],
    features: [{
      name: "f",
      tags: ["t"],
      owners: ["a@example.com"],
      multivariate_options: [
        { value: "one", percentage_allocation: 10 },
        { value: "two", key: "second", percentage_allocation: 20 },
      ],
    }],
  }],
  permissions: [{ user: "b@example.com", project: "P", permissions: ["VIEW_PROJECT"] }],
  rows: [{
    table: "saml_attribute",
    key: { name: "n" },
    set: {
      label: "x",
      settings: { kept: [1], gone: true },
      token: "CanaryOfTheToken",
      project_id: "@ref project:O/P",
    },
    secret: ["token"],
  }],
};

const WANTED = {
  version: "1.0",
  defaults: { on_exists: "update" },
  organisations: [{
    name: "O",
    groups: [{
      name: "G",
      members: [{ email: "a@example.com", group_admin: true }, { email: "b@example.com" }, {
        email: "c@example.com",
        ensure: "absent",
      }],
    }],
  }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{
      name: "E",
      identities: [{ identifier: "i", traits: { plan: "max", age: 1, beta: true } }],
    }],
    segments: [{ name: "s", rules: rules("y", "p", "q") }],
    features: [{
      name: "f",
      tags: ["v", "u"],
      owners: ["A@example.com", "b@example.com"],
      multivariate_options: [
        { value: "one", percentage_allocation: 15 },
        { value: 2, key: "second", percentage_allocation: 20 },
        { value: "three", key: "third", percentage_allocation: 5 },
      ],
    }],
  }],
  permissions: [{ user: "b@example.com", project: "P", permissions: ["CREATE_ENVIRONMENT"] }],
  rows: [{
    ...GIVEN.rows[0],
    set: { label: "y", settings: { kept: [1] }, token: "CanaryOfAnother", project_id: "@ref project:O/P" },
  }],
};

function text(document: unknown): string {
  return JSON.stringify(document).replaceAll(/"@ref ([^"]+)"/g, "!ref $1");
}

/** A table that no kind describes. */
async function createTable(sql: Sql): Promise<void> {
  await sql.unsafe(
    `create table saml_attribute (id serial primary key, name text, label text, settings jsonb, token text,
    project_id int references projects_project (id))`,
  );
}

async function run(url: string, document: unknown, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await runCli([...args, "--file", "-"], {
    databaseUrl: url,
    stdin: text(document),
  });
  assert.equal(code, 0, err);
  return out;
}

Deno.test("plan and status show each value that lists, traits, options and rules lose and get", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await createTable(sql);
    await run(url, GIVEN, "apply");
    assert.equal(
      await run(url, WANTED, "plan"),
      `Would update organisation "O": groups (~1).
    update group "G"
        members."a@example.com".group_admin: false → true
        members."c@example.com": {"group_admin":false} → (none)
        members."b@example.com": (none) → {"group_admin":false}
Would update project "P": permissions (~1).
    update permission "b@example.com"
        permissions: +"CREATE_ENVIRONMENT", -"VIEW_PROJECT"
Would update environment "E" in project "P": identities (~1).
    update identity "i"
        traits.plan: "pro" → "max"
        traits.beta: (none) → true
Would update segment "s" in project "P": rules.
    rules[0].rules[0].conditions[0].value: "x" → "y"
    rules[0].rules[1].conditions[1]: (none) → {"value":null,"operator":"IS_SET","property":"q","description":null}
Would update feature "f" in project "P": multivariate_options (+1, ~2), tags (+2, -1), owners (+1).
    multivariate_options.1.percentage_allocation: 10 → 15
    multivariate_options.second.value: "two" → 2
    multivariate_options.third: (none) → {"value":"three","percentage_allocation":5,"key":"third"}
    tags: +"u", +"v", -"t"
    owners: +"b@example.com"
Would update row name=n of saml_attribute: label, settings, token.
    label: "x" → "y"
    settings.gone: true → (none)
    token: (secret)
Plan: 0 to create, 6 to update, 0 to skip.
`,
    );
    const json = JSON.parse(await run(url, WANTED, "plan", "--format", "json"));
    const updates: readonly { readonly address: string; readonly changes: unknown }[] = json.actions.filter(
      (action: { action: string }) => action.action === "update",
    );
    assert.deepEqual(
      updates.filter(({ address }) => /^(identity|row|user_project)/.test(address)).map((
        { address, changes },
      ) => [
        address,
        changes,
      ]),
      [
        ["identity:O/P/E/i", [
          { field: "traits", from: { plan: "pro" }, to: { plan: "max", beta: true } },
        ]],
        ["user_project_permission:O/P/b@example.com", [
          { field: "permissions", from: ["VIEW_PROJECT"], to: ["CREATE_ENVIRONMENT"] },
        ]],
        ["row:saml_attribute/name=n", [
          { field: "label", from: "x", to: "y" },
          { field: "settings", from: { gone: true, kept: [1] }, to: { kept: [1] } },
          { field: "token", secret: true },
        ]],
      ],
    );
    assert.equal(
      await run(url, WANTED, "status"),
      `Group "G" in organisation "O": changed in file.
    members."a@example.com".group_admin: false (file: true)
    members."c@example.com": only live {"group_admin":false}
    members."b@example.com": only in file {"group_admin":false}
Segment "s" in project "P": changed in file.
    rules[0].rules[0].conditions[0].value: "x" (file: "y")
    rules[0].rules[1].conditions[1]: only in file {"value":null,"operator":"IS_SET","property":"q","description":null}
Feature "f" in project "P": changed in file.
    multivariate_options.1.percentage_allocation: 10 (file: 15)
    multivariate_options.second.value: "two" (file: 2)
    multivariate_options.third: only in file {"value":"three","percentage_allocation":5,"key":"third"}
    tags: only live "t"; only in file "u", "v"
    owners: only in file "b@example.com"
Identity "i" in environment "E": changed in file.
    traits.plan: "pro" (file: "max")
    traits.beta: only in file true
Permission "b@example.com" in project "P": changed in file.
    permissions: only live "VIEW_PROJECT"; only in file "CREATE_ENVIRONMENT"
Row name=n of saml_attribute: changed in file.
    label: "x" (file: "y")
    settings.gone: only live true
    token: (secret)
User "a@example.com": not in files.
User "b@example.com": not in files.
User "c@example.com": not in files.
Member "a@example.com" in organisation "O": not in files.
Member "b@example.com" in organisation "O": not in files.
Tag "t" in project "P": not in files.
Tag "u" in project "P": not in files.
Tag "v" in project "P": not in files.
Status: 3 in sync, 6 changed in file, 8 not in files.
`,
    );
  });
});

/** A change of the live rows that leaves as many values to add and to remove as before, but others. */
const STALE: readonly (readonly [field: string, change: (sql: Sql) => Promise<unknown>, address: string])[] =
  [
    [
      "tags",
      (sql) => sql`update features_feature_tags set tag_id = (select id from tags_tag where label = 'u')`,
      "feature:O/P/f",
    ],
    [
      "owners",
      (sql) =>
        sql`update features_feature_owners set ffadminuser_id = (select id from users_ffadminuser where email = 'b@example.com')`,
      "feature:O/P/f",
    ],
    [
      "multivariate_options",
      (sql) =>
        sql`update multivariate_multivariatefeatureoption set default_percentage_allocation = 11 where key is null`,
      "feature:O/P/f",
    ],
    [
      "permissions",
      (sql) =>
        sql`update projects_userprojectpermission_permissions set permissionmodel_id = 'DELETE_FEATURE'`,
      "user_project_permission:O/P/b@example.com",
    ],
    [
      "traits",
      (sql) => sql`update environments_trait set string_value = 'mini' where trait_key = 'plan'`,
      "identity:O/P/E/i",
    ],
    [
      "columns of a row",
      (sql) => sql`update saml_attribute set label = 'z'`,
      "row:saml_attribute/name=n",
    ],
  ];

for (const [field, change, address] of STALE) {
  Deno.test(`apply --plan refuses when other ${field} would change than were planned`, async () => {
    await withDatabase({}, async ({ url, sql }) => {
      await createTable(sql);
      await run(url, GIVEN, "apply");
      const folder = await Deno.makeTempDir();
      try {
        const [file, saved] = [`${folder}/wish.json`, `${folder}/plan.json`];
        await Deno.writeTextFile(file, text(WANTED));
        const planned = await runCli(["plan", "--file", file, "--out", saved], { databaseUrl: url });
        assert.equal(planned.code, 0, planned.err);
        assert.doesNotMatch(await Deno.readTextFile(saved), /Canary/);
        await change(sql);
        const { code, err } = await runCli(["apply", "--plan", saved], { databaseUrl: url });
        assert.equal(code, 1, err);
        assert.match(err, /^error: The database has changed since it was planned: .*\[FP467\]/);
        assert.ok(err.includes(`: ${address}`), err);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  });
}

Deno.test("plan and status never show a trait or an option that comes, or came, from a secret source", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    const wish = (trait: string, option: string, more: string) =>
      `{ version: "1.0", defaults: { on_exists: update }, organisations: [{ name: O }], projects: [{ name: P, organisation: O,
        environments: [{ name: E, identities: [{ identifier: i, traits: { token: ${trait}, plan: "${more}" } }] }],
        features: [{ name: f, multivariate_options: [{ value: ${option}, percentage_allocation: 10 }] }] }] }`;
    const secret = wish("'${TOKEN}'", "'${OPTION}'", "pro");
    const env = { TOKEN: "CanaryOfTheTrait", OPTION: "CanaryOfTheOption" };
    const args = ["--file", "-", "--secret-env", "TOKEN", "--secret-env", "OPTION"];
    const applied = await runCli(["apply", ...args], { databaseUrl: url, stdin: secret, env });
    assert.equal(applied.code, 0, applied.err);
    for (
      const [stdin, more] of [
        [secret, { TOKEN: "CanaryOfAnother", OPTION: "CanaryOfMore" }],
        [wish("shown", "shown", "max"), env],
      ] as const
    ) {
      for (const command of ["plan", "status"]) {
        for (const format of ["text", "json"]) {
          const { code, out, err } = await runCli([command, ...args, "--format", format], {
            databaseUrl: url,
            stdin,
            env: more,
          });
          assert.equal(code, 0, err);
          assert.doesNotMatch(`${out}${err}`, /Canary/);
          if (format === "text") assert.match(out, /\n {4}(?: {4})?traits: \(secret\)\n/);
          if (format === "text") assert.match(out, /\n {4}multivariate_options: \(secret\)\n/);
        }
      }
    }
    const changed = await runCli(["apply", "-f", "-"], {
      databaseUrl: url,
      stdin: wish("shown", "shown", "max"),
    });
    assert.match(changed.out, /^Provisioning complete: 0 created, 2 updated, 2 skipped\.$/m);
    const log =
      await sql`select event, details, rows::text from provisioning_log where address like any (array['%/i', '%/f'])
      order by seq`;
    assert.doesNotMatch(JSON.stringify(log), /Canary/);
    assert.deepEqual(log.map(({ event, details }) => [event, details]), [
      ["created", { secret: ["string_value"] }],
      ["created", { secret: ["string_value"] }],
      ["updated", { secret: ["string_value"] }],
      ["updated", { secret: ["string_value"] }],
    ]);
  });
});
