/** What the application stores is exported, taken back and compared by its meaning. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { exportResult } from "../support/export.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

/** A segment with one condition for each pair. */
const segments = (conditions: readonly (readonly [operator: string, value: string])[]) => [{
  name: "s",
  rules: [{
    type: "ANY",
    conditions: conditions.map(([operator, value]) => ({ property: "p", operator, value })),
  }],
}];

/** Values that the API stores and the engine evaluates. */
const CONDITIONS = [
  ["EQUAL", ""],
  ["NOT_EQUAL", ""],
  ["CONTAINS", ""],
  ["NOT_CONTAINS", ""],
  ["IN", ""],
  ["REGEX", ""],
  ["GREATER_THAN", "abc"],
  ["LESS_THAN", "2024-01-31"],
  ["PERCENTAGE_SPLIT", "101"],
  ["MODULO", "half"],
] as const;

const DATA = {
  organisations: [{ name: "O", groups: [{ name: "G", external_id: "g1" }] }],
  projects: [{
    name: "P",
    organisation: "O",
    settings: { feature_name_regex: "[a-z]+" },
    environments: [{ name: "Dev", api_key: "dev", settings: { banner_colour: "#aa0000" } }],
    segments: segments(CONDITIONS),
    features: [{
      name: "f",
      multivariate_options: [0.2, 99.4, 0.4].map((share, at) => ({
        value: `v${at}`,
        key: `k${at}`,
        percentage_allocation: share,
      })),
    }],
  }],
};

Deno.test("an export of values that only the API writes is taken back and is the same again", async () => {
  await withDatabase({}, async (database) => {
    await applyDocuments([DATA], { databaseUrl: database.url });
    await database.sql.unsafe(`update users_userpermissiongroup set external_id = '';
      update projects_project set feature_name_regex = '';
      update environments_environment set banner_colour = ''`);
    const exported = await exportResult(database.url, "O");
    assert.deepEqual([exported.code, exported.err], [0, ""]);
    const status = await runCli(["status", "-f", "-"], { databaseUrl: database.url, stdin: exported.out });
    assert.equal(status.code, 0, status.out);
    assert.doesNotMatch(status.out, /drifted/);
    await withDatabase({}, async (copy) => {
      const applied = await runCli(["-f", "-"], { databaseUrl: copy.url, stdin: exported.out });
      assert.equal(applied.code, 0, applied.err);
      assert.equal((await exportResult(copy.url, "O")).out, exported.out);
    });
  });
});

Deno.test("status and plan ignore the value of IS_SET and IS_NOT_SET", async () => {
  const data = {
    organisations: [{ name: "O" }],
    projects: [{
      name: "P",
      organisation: "O",
      segments: [{
        name: "s",
        rules: [{
          type: "ALL",
          conditions: [{ property: "p", operator: "IS_SET" }, {
            property: "q",
            operator: "IS_NOT_SET",
            value: "x",
          }],
        }],
      }],
    }],
  };
  await withDatabase({}, async (database) => {
    await applyDocuments([data], { databaseUrl: database.url });
    // What saving the segment through the API leaves behind.
    await database.sql.unsafe(`update segments_condition set value = 'None';
      update segments_segment set rules_data = replace(rules_data::text, '"value": null', '"value": "None"')::jsonb`);
    const [saved] = await database
      .sql`select count(*)::int as n from segments_segment where rules_data::text like '%None%'`;
    assert.equal(saved?.["n"], 1);
    const stdin = JSON.stringify({ version: "1.0", ...data });
    const status = await runCli(["status", "-f", "-"], { databaseUrl: database.url, stdin });
    assert.doesNotMatch(status.out, /drifted/);
    const plan = await runCli(["plan", "-f", "-", "--on-exists", "update", "--detailed-exitcode"], {
      databaseUrl: database.url,
      stdin,
    });
    assert.equal(plan.code, 0, plan.out + plan.err);
    assert.equal((await exportResult(database.url, "O")).out.includes("None"), false);
  });
});

Deno.test("a list as the value of IN is stored as JSON text", async () => {
  await withDatabase({}, async (database) => {
    const list = { property: "country", operator: "IN", value: ["NO", "SE"] };
    const data = {
      organisations: [{ name: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        segments: [{ name: "s", rules: [{ type: "ALL", conditions: [list] }] }],
      }],
    };
    await applyDocuments([data], { databaseUrl: database.url });
    assert.deepEqual([...await database.sql`select value from segments_condition`], [{
      value: '["NO","SE"]',
    }]);
  });
});
