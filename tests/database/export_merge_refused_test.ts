/** Why a merge is refused as a whole (FP448): each reason, through the command, which writes nothing then. */
import assert from "node:assert/strict";
import { mergedText } from "../support/export_merge.ts";

const HEAD = 'version: "1.0"\norganisations: [{ name: O }]\n';

/** Merges after a change, and expects the refusal; the file stays. */
async function assertRefused(text: string, change: string, why: string): Promise<void> {
  const { code, out, err, text: after } = await mergedText(text, change);
  assert.deepEqual([code, out, err.split("\n")[0]], [
    1,
    "",
    `error: The files cannot be merged: ${why} [FP448]`,
  ]);
  assert.match(err, /\n {3}= hint: .*Nothing was /);
  assert.equal(after, text);
}

Deno.test("a merge is refused where !ref names what was renamed", async () => {
  await assertRefused(
    `${HEAD}projects: [{ name: P, organisation: O }]
rows:
  - { table: datadog_datadogconfiguration, key: { project_id: !ref project:O/P }, set: { base_url: x, api_key: y, use_custom_source: false, uuid: 6f1f2b4c-3f0e-4c39-9d2a-0f6c2f0b7a11 } }
`,
    "update projects_project set name = 'Q'",
    'project "P" at DIR/a.yaml:3:20 is "Q" in the database, and !ref in "rows" at DIR/a.yaml:5:14 names it',
  );
});

Deno.test("a merge is refused where one text names what was renamed and something else", async () => {
  await assertRefused(
    `${HEAD}projects:
  - { name: P, organisation: O, tags: &tags [{ label: ui }] }
  - { name: Q, organisation: O, tags: *tags }
`,
    "update tags_tag set label = 'web' where project_id = (select id from projects_project where name = 'P')",
    'tag "ui" at DIR/a.yaml:4:55 is "web" in the database, and a place that names it cannot be changed alone (tag:O/Q/ui)',
  );
});

Deno.test("a merge is refused whose files apply would refuse", async () => {
  await assertRefused(
    `${HEAD}projects:
  - name: P
    organisation: O
    environments: [{ name: Old, api_key: first }]
`,
    `update environments_environment set deleted_at = now(), api_key = 'gone';
     insert into environments_environment select (jsonb_populate_record(e, jsonb_build_object('id', 99, 'name', 'New', 'api_key', 'first', 'deleted_at', null, 'uuid', gen_random_uuid()))).* from environments_environment e`,
    'they would say what apply refuses (FP303: The key of environment "Old" is chosen for environment "New" too)',
  );
});

Deno.test("a merge is refused whose shares apply would refuse", async () => {
  await assertRefused(
    `${HEAD}projects:
  - name: P
    organisation: O
    environments: [{ name: Dev }, { name: Old }]
    features:
      - name: f
        multivariate_options: [{ key: a, value: A, percentage_allocation: 20 }]
        environments: { Old: { multivariate: [{ option: a, percentage_allocation: 60 }] } }
`,
    `update environments_environment set deleted_at = now() where name = 'Old';
     insert into multivariate_multivariatefeatureoption (type, string_value, default_percentage_allocation, feature_id, uuid, key)
       select type, 'B', 50, feature_id, gen_random_uuid(), 'b' from multivariate_multivariatefeatureoption;
     insert into multivariate_multivariatefeaturestatevalue (feature_state_id, multivariate_feature_option_id, percentage_allocation, uuid)
       select s.id, o.id, 50, gen_random_uuid() from features_featurestate s, multivariate_multivariatefeatureoption o where o.key = 'b'`,
    'they would say what apply refuses (FP112: Feature state "Old" of feature "f" would have 110 percent, with the shares that stay)',
  );
});

Deno.test("what an alias or a merge key shares is left and not refused", async () => {
  for (
    const shared of [
      "- &f { name: f, initial_value: one }\n      - { <<: *f, name: g }",
      "- { name: f, initial_value: &v one }\n      - { name: g, initial_value: *v }",
    ]
  ) {
    const text = `${HEAD}projects:\n  - name: P\n    organisation: O\n    features:\n      ${shared}\n`;
    const result = await mergedText(
      text,
      "update features_feature set initial_value = 'two' where name = 'g'",
    );
    assert.deepEqual([result.code, result.text], [0, text], result.err);
    assert.match(result.err, /: warning: "initial_value" of feature "g" .* \[FP445\]/);
  }
});
