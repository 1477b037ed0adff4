/** What an export cannot express: told, one by one, and never silently left out. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { exportResult } from "../support/export.ts";
import { applyDocuments } from "../support/run_cli.ts";

const BASE = {
  users: [{ email: "a@example.com" }],
  organisations: [{ name: "O", members: [{ email: "a@example.com" }], groups: [{ name: "G" }] }],
  projects: [{
    name: "P",
    organisation: "O",
    tags: [{ label: "T" }],
    environments: [{
      name: "Dev",
      api_key: "dev",
      identities: [{ identifier: "alice", traits: { plan: "pro" } }],
    }, { name: "V2", api_key: "v2", settings: { use_v2_feature_versioning: true } }],
    segments: [
      { name: "S", rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "v" }] }] },
    ],
    features: [{
      name: "f",
      initial_value: "text",
      tags: ["T"],
      environments: { Dev: { segment_overrides: [{ segment: "S", enabled: true }] } },
    }],
  }],
};

/** How the export of `BASE` goes on after the organisation, up to the segments. */
const BODY = `
projects:
  - name: P
    organisation: O
    tags:
      - { label: T }
    environments:
      - name: Dev
        api_key: dev
        identities:
          - identifier: alice
            traits: { plan: pro }
      - name: V2
        api_key: v2
        settings: { use_v2_feature_versioning: true }
    segments:
`;

/** Applies BASE, changes rows by SQL, and expects exactly these warnings. */
async function assertWarns(
  statements: string,
  warnings: string,
  body?: string | ((out: string) => void),
): Promise<void> {
  await withDatabase({}, async (database: TestDatabase) => {
    await applyDocuments([BASE], { databaseUrl: database.url });
    await database.sql.unsafe(statements);
    const { code, out, err } = await exportResult(database.url, "O");
    assert.deepEqual(err.split("\n"), warnings.split("\n"));
    assert.equal(code, 0);
    if (typeof body === "string") assert.ok(out.includes(body), out);
    else body?.(out);
    const strict = await exportResult(database.url, "O", "--strict");
    assert.deepEqual([strict.code, strict.out], [1, ""]);
    const quiet = await exportResult(database.url, "O", "--quiet");
    assert.deepEqual(quiet, { code: 0, out, err: "" });
  });
}

/** A copy of rows of a table, with other values in some columns. */
function copyOf(table: string, where: string, ...changes: readonly string[]): string {
  const steps = changes.map((change) =>
    `update copy set ${change}; insert into ${table} select * from copy;`
  );
  return `create temporary table copy as select * from ${table} where ${where}; ${
    steps.join(" ")
  } drop table copy;`;
}

Deno.test("export tells of names that are there several times, and keeps the oldest", async () => {
  await assertWarns(
    copyOf(
      "environments_environment",
      "name = 'Dev'",
      "id = 98, api_key = 'second', uuid = gen_random_uuid()",
      "id = 99, api_key = 'third', uuid = gen_random_uuid()",
    ) + copyOf("users_userpermissiongroup", "name = 'G'", "id = 97"),
    `warning: Environment "Dev" in project "P" is there 3 times; environments_environment id 1 is exported, 98, 99 are left out [FP440]
  = hint: Rename or remove one of them
warning: Group "G" in organisation "O" is there 2 times; users_userpermissiongroup id 1 is exported, 97 is left out [FP440]
  = hint: Rename or remove one of them
`,
    BODY,
  );
});

Deno.test("export tells of values that no file can declare", async () => {
  await assertWarns(
    `update users_ffadminuser set is_staff = true;
     update organisations_subscription set plan = null;
     update environments_trait set trait_key = '\${X}';
     insert into environments_trait (trait_key, value_type, created_date, identity_id, float_value) values ('f', 'float', now(), 1, 'Infinity');
     update features_featurestatevalue set type = 'odd';
     update features_feature set type = 'CONFIG'`,
    `warning: "is_superuser" of user "a@example.com" differs from "is_staff"; the format has one field for both [FP441]
warning: "plan" of subscription "O" is unset, which the format cannot express [FP441]
warning: "traits.\${X}" of identity "alice" in environment "Dev" of project "P" has a key that the format cannot express, and is omitted [FP441]
warning: "traits.f" of identity "alice" in environment "Dev" of project "P" has no value that the format can say, and is left out [FP441]
warning: "type" of feature "f" in project "P" is "CONFIG", which the format cannot express; it becomes STANDARD [FP441]
warning: "value" of feature "f" in project "P" has a type that the format does not know in an override of environment "Dev"; it is left out [FP441]
warning: "value" of feature "f" in project "P" has a type that the format does not know in environment "Dev"; it is left out [FP441]
warning: "value" of feature "f" in project "P" has a type that the format does not know in environment "V2"; it is left out [FP441]
`,
    `
        environments:
          Dev:
            segment_overrides:
              - { segment: S, enabled: true }
`,
  );
});

const option = (id: number, key: string, type: string) =>
  `insert into multivariate_multivariatefeatureoption (id, type, string_value, default_percentage_allocation, feature_id, uuid, key)
     values (${id}, '${type}', 'x', 10, 1, gen_random_uuid(), ${key}); `;

const ALLOCATED = `insert into multivariate_multivariatefeaturestatevalue
  (percentage_allocation, feature_state_id, multivariate_feature_option_id, uuid)
    select 10, id, 2, gen_random_uuid() from features_featurestate;
  update features_feature set type = 'MULTIVARIATE'`;

Deno.test("export tells of options that it cannot name", async () => {
  await assertWarns(
    `${option(1, "null", "unicode")}${option(2, "'1'", "unicode")}${ALLOCATED}`,
    `warning: Option 1 of feature "f" in project "P" has no key, and another option's key is "1" [FP441]
  = hint: Give the option a key
`,
    `
        environments:
          Dev:
            multivariate:
              - { option: 1, percentage_allocation: 0 }
            segment_overrides:
              - segment: S
                enabled: true
                multivariate:
                  - { option: "1", percentage_allocation: 10 }
`,
  );
});

Deno.test("export leaves out options when it does not know the type of one, and their shares", async () => {
  await assertWarns(
    `${option(1, "'a'", "unicode")}${option(2, "'b'", "odd")}${ALLOCATED}`,
    `warning: "multivariate_options" of feature "f" in project "P" is left out, and so are the shares of its states: option 2 has a value of a type that the format does not know [FP441]
`,
    `
      - name: f
        type: MULTIVARIATE
        initial_value: text
        tags:
          - T
        environments:
          Dev:
            segment_overrides:
              - { segment: S, enabled: true }
`,
  );
});

Deno.test("export counts what the format has no place for, and leaves out traces of use", async () => {
  await assertWarns(
    `update environments_environment set webhook_url = 'https://example.com', webhooks_enabled = true where name = 'Dev';
     insert into environments_webhook (url, enabled, environment_id, created_at, updated_at, secret, uuid)
       select 'https://example.com', true, id, now(), now(), '', gen_random_uuid() from environments_environment;
     insert into users_invite (email, hash, date_created, organisation_id, role) values ('new@example.com', 'h', now(), 1, 'USER');
     insert into audit_auditlog (created_date, log, project_id, is_system_event) values (now(), 'done', 1, false);
     insert into tags_tag (label, color, project_id, uuid, is_permanent, is_system_tag, type) values ('Repo', '#000000', 1, gen_random_uuid(), false, true, 'GITHUB');
     insert into features_feature_tags (feature_id, tag_id) select 1, id from tags_tag where is_system_tag`,
    `warning: "webhook_url" of 1 row of environments_environment has no place in the format and is left out [FP442]
warning: "webhooks_enabled" of 1 row of environments_environment has no place in the format and is left out [FP442]
warning: 1 row of tags_tag that the application made for itself has no place in the format and is left out [FP442]
warning: 1 row of users_invite has no place in the format and is left out [FP442]
warning: 2 rows of environments_webhook have no place in the format and are left out [FP442]
warning: Feature "f" in project "P" has the system tag "Repo", which is left out [FP443]
`,
    BODY,
  );
});

Deno.test("export leaves out what is not in force, and says so", async () => {
  await assertWarns(
    `insert into api_keys_masterapikey (id, prefix, hashed_key, created, name, revoked, organisation_id, is_admin)
       values ('a.b', 'a', 'b', now(), 'Leaked', true, 1, true);
     ${
      copyOf(
        "features_featurestate",
        "feature_segment_id is null and environment_id = 1",
        "id = 90, version = 2, enabled = true, live_from = now() + interval '1 day', uuid = gen_random_uuid()",
        "id = 91, version = null, enabled = true, live_from = null, uuid = gen_random_uuid()",
      )
    }
     ${
      copyOf(
        "feature_versioning_environmentfeatureversion",
        "true",
        "uuid = gen_random_uuid(), published_at = null, live_from = null",
      )
    }
     ${
      copyOf(
        "segments_segment",
        "true",
        "id = 80, version_of_id = 80, is_system_segment = true, name = 'Own'",
      )
    }
     ${copyOf("features_featuresegment", "true", "id = 80, segment_id = 80, uuid = gen_random_uuid()")}
     ${
      copyOf(
        "features_featurestate",
        "feature_segment_id = 1",
        "id = 92, feature_segment_id = 80, uuid = gen_random_uuid()",
      )
    }`.replaceAll("name = 'Own'", "name = 'Own', uuid = gen_random_uuid()"),
    `warning: 3 changes of flags are drafts or scheduled, and left out: what is live is exported [FP443]
warning: Feature "f" in project "P" has an override in environment "Dev" for a segment that the application made, "Own"; it is left out [FP443]
warning: Master API key "Leaked" in organisation "O" is revoked and left out: the format knows valid keys only [FP443]
`,
    `
      - name: f
        initial_value: text
        tags:
          - T
        environments:
          Dev:
            segment_overrides:
              - { segment: S, enabled: true }
`,
  );
});

Deno.test("export leaves out what apply would refuse, and names it", async () => {
  await assertWarns(
    `update segments_condition set operator = 'REGEX', value = '(';
     update tags_tag set label = ' '`,
    `warning: Segment "S" in project "P" is left out, because apply would refuse it (FP114): Python cannot compile the regular expression: parenthesis is not closed (at character 1) [FP441]
  = hint: Flagsmith would answer with an error 500 for every identity that has the trait
warning: Segment override "S" in environment "Dev" of feature "f" of project "P" is left out, because apply would refuse it (FP251): Segment "S" is not declared in any file in project "P" [FP441]
`,
    `
        settings: { use_v2_feature_versioning: true }
    features:
      - name: f
        initial_value: text
        tags:
          - !exact " "
`,
  );
});

Deno.test("export refuses names that are not there, and names that several organisations or projects have", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await applyDocuments([BASE], { databaseUrl: url });
    assert.deepEqual(await exportResult(url, "o"), {
      code: 1,
      out: "",
      err:
        'error: There is no organisation "o" [FP446]\n   = hint: Names are compared as they are, case included\n',
    });
    assert.deepEqual(await exportResult(url, "O", "--project", "Q"), {
      code: 1,
      out: "",
      err:
        'error: There is no project "Q" in organisation "O" [FP446]\n   = hint: Names are compared as they are, case included\n',
    });
    await sql.unsafe(copyOf("projects_project", "true", "id = 9, uuid = gen_random_uuid()"));
    assert.deepEqual(await exportResult(url, "O", "--project", "P"), {
      code: 1,
      out: "",
      err:
        'error: The database holds 2 live rows for project "P" in organisation "O": projects_project id 1, 9 [FP447]\n   = hint: Rename or remove one of them; the tool does not guess\n',
    });
  });
});

Deno.test("export tells a database without Flagsmith's tables", async () => {
  await withDatabase({ schema: "empty" }, async ({ url }) => {
    const { code, out, err } = await exportResult(url, "O");
    assert.deepEqual([code, out], [78, ""]);
    assert.match(err, /^error: The database holds no Flagsmith tables \[FP420\]\n/);
  });
});
