/** Live values that files cannot hold are left out and named; the rest of the export can be applied. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { exportResult } from "../support/export.ts";
import { applied } from "../support/given.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const rule = { type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "v" }] };
const override = (segment: string) => ({ segment, enabled: true });

const BASE = {
  organisations: [{ name: "O", subscription: { seats: 3 } }],
  projects: [{
    name: "P",
    organisation: "O",
    tags: [{ label: "good" }, { label: "odd" }],
    environments: [{
      name: "Dev",
      api_key: "dev",
      identities: [{ identifier: "alice", traits: { plan: "pro", odd: "x" } }],
    }],
    segments: [{ name: "good", rules: [rule] }, { name: "odd", rules: [rule] }],
    features: [
      {
        name: "f",
        tags: ["good", "odd"],
        environments: { Dev: { enabled: true, segment_overrides: [override("good"), override("odd")] } },
      },
      { name: "odd" },
      {
        name: "m",
        multivariate_options: [{ key: "a", value: "A", percentage_allocation: 10 }],
        environments: { Dev: { multivariate: [{ option: "a", percentage_allocation: 20 }] } },
      },
    ],
  }],
};

const GIVEN = applied([BASE]);

const SEGMENT = "(select id from segments_segment where name = 'odd')";
const CONDITION =
  `where rule_id in (select id from segments_segmentrule where rule_id in (select id from segments_segmentrule where segment_id = ${SEGMENT}))`;

const ODD: Readonly<Record<string, readonly [sql: string, warnings: string]>> = {
  "words of a subscription that it does not know": [
    `update organisations_subscription set plan = 'enterprise', max_seats = 5, billing_status = 'LATE', payment_method = 'CASH'`,
    `warning: "billing_status" of subscription "O" is left out, because apply would refuse it (FP105): "LATE" is not allowed for "billing_status"; it takes ACTIVE, DUNNING [FP441]
warning: "payment_method" of subscription "O" is left out, because apply would refuse it (FP105): "CASH" is not allowed for "payment_method"; it takes CHARGEBEE, XERO, AWS_MARKETPLACE [FP441]
`,
  ],
  "one trait of several": [
    `insert into environments_trait (trait_key, value_type, string_value, created_date, identity_id) select ' ', 'unicode', 'x', now(), id from environments_identity`,
    `warning: "traits. " of identity "alice" in environment "Dev" of project "P" is left out, because apply would refuse it (FP108): A trait's key is empty [FP441]
`,
  ],
  "a value of a type that it does not know": [
    `update features_featurestatevalue set type = 'json' where feature_state_id in (select s.id from features_featurestate s join features_feature f on f.id = s.feature_id where f.name = 'f' and feature_segment_id is null)`,
    `warning: "value" of feature "f" in project "P" has a type that the format does not know in environment "Dev"; it is left out [FP441]
`,
  ],
  "options of a type that it does not know": [
    `update multivariate_multivariatefeatureoption set type = 'json'`,
    `warning: "multivariate_options" of feature "m" in project "P" is left out, and so are the shares of its states: option 1 has a value of a type that the format does not know [FP441]
`,
  ],
  "a trait of a type that it does not know": [
    `update environments_trait set value_type = 'json' where trait_key = 'odd'`,
    `warning: "traits.odd" of identity "alice" in environment "Dev" of project "P" has no value that the format can say, and is left out [FP441]
`,
  ],
  "an unknown operator": [
    `update segments_condition set operator = 'NEW' ${CONDITION}`,
    `warning: Segment "odd" in project "P" is left out, because apply would refuse it (FP105): "NEW" is not allowed for "operator"; it takes EQUAL, NOT_EQUAL, GREATER_THAN, GREATER_THAN_INCLUSIVE, LESS_THAN, LESS_THAN_INCLUSIVE, CONTAINS, NOT_CONTAINS, REGEX, PERCENTAGE_SPLIT, MODULO, IS_SET, IS_NOT_SET, IN [FP441]
warning: Segment override "odd" in environment "Dev" of feature "f" of project "P" is left out, because apply would refuse it (FP251): Segment "odd" is not declared in any file in project "P" [FP441]
`,
  ],
  "an unknown type of rule": [
    `update segments_segmentrule set type = 'XOR' where rule_id in (select id from segments_segmentrule where segment_id = ${SEGMENT})`,
    `warning: Segment "odd" in project "P" is left out, because apply would refuse it (FP105): "XOR" is not allowed for "type"; it takes ALL, ANY, NONE [FP441]
warning: Segment override "odd" in environment "Dev" of feature "f" of project "P" is left out, because apply would refuse it (FP251): Segment "odd" is not declared in any file in project "P" [FP441]
`,
  ],
  "a share above 100": [
    `update multivariate_multivariatefeatureoption set default_percentage_allocation = 150`,
    `warning: "multivariate" of feature state "Dev" in feature "m" of project "P" is left out, because apply would refuse it (FP251): Option "a" of feature "m" is not declared in any file [FP441]
warning: "multivariate_options" of feature "m" in project "P" is left out, because apply would refuse it (FP107): "percentage_allocation" must be from 0 to 100 [FP441]
`,
  ],
  "a share that is no number": [
    `update multivariate_multivariatefeaturestatevalue set percentage_allocation = 'NaN'`,
    `warning: "multivariate" of feature state "Dev" in feature "m" of project "P" is left out, because apply would refuse it (FP104): "percentage_allocation" takes a number [FP441]
`,
  ],
  "a regular expression": [
    `update segments_condition set operator = 'REGEX', value = '(' ${CONDITION}`,
    `warning: Segment "odd" in project "P" is left out, because apply would refuse it (FP114): Python cannot compile the regular expression: parenthesis is not closed (at character 1) [FP441]
  = hint: Flagsmith would answer with an error 500 for every identity that has the trait
warning: Segment override "odd" in environment "Dev" of feature "f" of project "P" is left out, because apply would refuse it (FP251): Segment "odd" is not declared in any file in project "P" [FP441]
`,
  ],
  "a segment without rules": [
    `delete from segments_condition ${CONDITION};
     delete from segments_segmentrule where rule_id in (select id from segments_segmentrule where segment_id = ${SEGMENT});
     delete from segments_segmentrule where segment_id = ${SEGMENT}`,
    `warning: Segment "odd" in project "P" is left out, because apply would refuse it (FP103): Segment "odd" has no rules [FP441]
  = hint: A segment needs at least one rule
warning: Segment override "odd" in environment "Dev" of feature "f" of project "P" is left out, because apply would refuse it (FP251): Segment "odd" is not declared in any file in project "P" [FP441]
`,
  ],
  "a key with a slash": [
    `update environments_environment set api_key = 'a/b'`,
    `warning: "api_key" of environment "Dev" in project "P" is left out, because apply would refuse it (FP111): "api_key" holds a dot or a slash [FP441]
  = hint: The key is a part of the API's addresses, which take neither: the environment could not be opened again
`,
  ],
};

/** Under the policy update every difference between an export and its instance would be planned. */
async function assertNothingPlanned(databaseUrl: string, stdin: string): Promise<void> {
  const plan = await runCli(["plan", "-f", "-", "--on-exists", "update", "--detailed-exitcode"], {
    databaseUrl,
    stdin,
  });
  assert.equal(plan.code, 0, plan.out + plan.err);
}

for (const [title, [statement, warnings]] of Object.entries(ODD)) {
  Deno.test(`export leaves out ${title}, and what depends on it`, async () => {
    await withDatabase({ given: GIVEN }, async ({ url, sql }) => {
      await sql.unsafe(statement);
      const { code, out, err } = await exportResult(url, "O");
      assert.deepEqual([code, err], [0, warnings]);
      const strict = await exportResult(url, "O", "--strict");
      assert.deepEqual([strict.code, strict.out], [1, ""]);
      const valid = await runCli(["validate", "-f", "-"], { stdin: out });
      assert.equal(valid.code, 0, valid.err);
      await assertNothingPlanned(url, out);
      await withDatabase({}, async (other) => {
        const applied = await runCli(["-f", "-"], { databaseUrl: other.url, stdin: out });
        assert.equal(applied.code, 0, applied.err);
        const rest = await other.sql`
          select f.name as feature, s.name as segment, t.label as tag, r.string_value as trait
          from features_feature f, segments_segment s, tags_tag t, environments_trait r
          where f.name = 'f' and s.name = 'good' and t.label = 'good' and r.trait_key = 'plan'`;
        assert.deepEqual([...rest].map((row) => ({ ...row })), [
          { feature: "f", segment: "good", tag: "good", trait: "pro" },
        ]);
      });
    });
  });
}

/** The same change of a condition in the JSON. */
const inJson = (changed: string): string =>
  `update segments_segment set rules_data = jsonb_set(rules_data, '{0,rules,0,conditions,0}',
     rules_data #> '{0,rules,0,conditions,0}' || '${changed}') where name = 'odd'`;

/** What the application stores and nobody means: exported, and written elsewhere as it is. */
const UNMEANT: Readonly<Record<string, readonly [sql: string, look: string]>> = {
  "a condition without property": [
    `update segments_condition set property = null ${CONDITION};
     ${inJson('{"property": null}')}`,
    `select property, value from segments_condition ${CONDITION}`,
  ],
  "a condition without value, as the API stores it": [
    `update segments_condition set operator = 'IN', value = 'None' ${CONDITION};
     ${inJson('{"operator": "IN", "value": null}')}`,
    `select operator, value from segments_condition ${CONDITION}`,
  ],
  "negative numbers": [
    `update environments_environment set minimum_change_request_approvals = -1;
     update projects_project set stale_flags_limit_days = -2147483648, max_features_allowed = -5`,
    "select e.minimum_change_request_approvals, stale_flags_limit_days, max_features_allowed from environments_environment e, projects_project",
  ],
  "a feature of no type": [
    `update features_feature set type = '' where name = 'f'`,
    `select type from features_feature where name = 'f'`,
  ],
  "a segment's name of two lines": [
    `update segments_segment set name = E'a\\nb' where name = 'odd'`,
    "select name from segments_segment order by name",
  ],
  "a flag's name of two lines": [
    `update features_feature set name = E'a\\nb' where name = 'odd'`,
    "select name from features_feature order by name",
  ],
  "a tag without label": [
    `update tags_tag set label = ' ' where label = 'odd'`,
    "select label from tags_tag order by label",
  ],
  "a key with a space": [
    `update environments_environment set api_key = 'two words'`,
    "select api_key from environments_environment",
  ],
};

for (const [title, [statement, look]] of Object.entries(UNMEANT)) {
  Deno.test(`export carries ${title}, and apply writes the same`, async () => {
    await withDatabase({ given: GIVEN }, async ({ url, sql }) => {
      await sql.unsafe(statement);
      const { code, out, err } = await exportResult(url, "O");
      assert.deepEqual([code, err], [0, ""]);
      await assertNothingPlanned(url, out);
      await withDatabase({}, async (other) => {
        const applied = await runCli(["-f", "-"], { databaseUrl: other.url, stdin: out });
        assert.equal(applied.code, 0, applied.err);
        assert.deepEqual([...await other.sql.unsafe(look)], [...await sql.unsafe(look)]);
        assert.equal((await exportResult(other.url, "O")).out, out);
      });
    });
  });
}

Deno.test("a condition without value is stored as the API stores it: a word in the table, null in the JSON", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    const conditions = [
      { property: "p", operator: "IN" },
      { operator: "PERCENTAGE_SPLIT" },
      { property: "p", operator: "EQUAL" },
      { property: "p", operator: "IS_SET" },
    ];
    const segment = { name: "s", rules: [{ type: "ALL", conditions, rules: [] }] };
    const document = {
      organisations: [{ name: "O" }],
      projects: [{ name: "P", organisation: "O", segments: [segment] }],
    };
    await applyDocuments([document], { databaseUrl: url });
    assert.deepEqual(
      (await sql`select operator, value from segments_condition order by id`).map((
        row,
      ) => [...Object.values(row)]),
      [
        ["IN", "None"],
        ["PERCENTAGE_SPLIT", "None"],
        ["EQUAL", "None"],
        ["IS_SET", null],
      ],
    );
    const [{ stored }] =
      await sql`select jsonb_path_query_array(rules_data, '$[0].conditions[*].value') as stored from segments_segment` as unknown as [
        { stored: unknown },
      ];
    assert.deepEqual(stored, [null, null, null, null]);
    // A save in the dashboard turns null into the word there, too.
    await sql`update segments_segment set rules_data = replace(rules_data::text, '"value": null', '"value": "None"')::jsonb`;
    const { code, out } = await runCli(["status", "-f", "-", "--detailed-exitcode"], {
      databaseUrl: url,
      stdin: JSON.stringify({ version: "1.0", ...document }),
    });
    assert.equal(code, 0, out);
  });
});

Deno.test("export --merge-into leaves what files cannot hold as the file has it", async () => {
  await withDatabase({ given: GIVEN }, async ({ url, sql }) => {
    const directory = await Deno.makeTempDir();
    try {
      const { out } = await exportResult(url, "O");
      await Deno.writeTextFile(`${directory}/o.yaml`, out);
      await sql.unsafe(`update segments_condition set operator = 'NEW' ${CONDITION};
        update features_feature set description = 'new' where name = 'f'`);
      const merged = await exportResult(url, "O", `--merge-into=${directory}`);
      assert.deepEqual(merged, {
        code: 0,
        out: `Updated ${directory}/o.yaml.\nMerge complete: 1 changed, 0 added.\n`,
        err: ODD["an unknown operator"]?.[1] ?? "",
      });
      const text = await Deno.readTextFile(`${directory}/o.yaml`);
      assert.equal(text.replace(/ *description: new\n/, ""), out);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
});
