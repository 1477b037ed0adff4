/** States, overrides and options without a value: how a file says so, and that all commands agree on it. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { exportOf, exportResult } from "../support/export.ts";
import { filesOf, merge, withFiles } from "../support/export_merge.ts";
import { applied } from "../support/given.ts";
import { isFull } from "../support/property.ts";
import { runCli } from "../support/run_cli.ts";

const BASE = {
  organisations: [{ name: "O" }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{
      name: "Dev",
      api_key: "dev",
      identities: [{ identifier: "alice" }],
    }, { name: "V2", api_key: "v2", settings: { use_v2_feature_versioning: true } }],
    segments: [
      { name: "S", rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "v" }] }] },
    ],
    features: [
      {
        name: "options",
        initial_value: "control",
        multivariate_options: [{ value: "a", key: "a", percentage_allocation: 10 }, {
          value: "",
          key: "b",
          percentage_allocation: 10,
        }],
      },
      { name: "empty", initial_value: "" },
      {
        name: "text",
        initial_value: "text",
        environments: {
          Dev: {
            segment_overrides: [{ segment: "S", enabled: true }],
            identity_overrides: [{ identifier: "alice", enabled: true }],
          },
          V2: { segment_overrides: [{ segment: "S", enabled: true }] },
        },
      },
      { name: "int", initial_value: "7" },
      { name: "bool", initial_value: "true" },
      { name: "none" },
    ],
  }],
};

const GIVEN = applied([BASE]);

/** How the API returns null for a state: unset, of whatever type, or without a row. */
const UNSET = {
  "an unset text": "string_value = null where string_value <> ''",
  "values of no type": "type = null, string_value = null where string_value <> ''",
  "an unset integer": "integer_value = null where type = 'int'",
  "an unset boolean": "boolean_value = null where type = 'bool'",
  "stale columns": "string_value = null, integer_value = 3 where string_value <> ''",
  "a text of no type": "type = null where string_value <> ''",
};

const POLICIES = ["skip", "update", "fail"];

async function agreesOn(database: TestDatabase, text: string, policies = POLICIES): Promise<void> {
  await withFiles([], async (directory) => {
    await Deno.writeTextFile(`${directory}/a.yaml`, text);
    const run = async (...args: readonly string[]) => {
      const { code, out, err } = await runCli([...args, "--directory", directory], {
        databaseUrl: database.url,
      });
      assert.equal(code, 0, `${args.join(" ")}: ${err}${out}`);
      return out;
    };
    assert.match(await run("status"), /^Status: \d+ in sync\.\n$/);
    // An update adopts what the log does not know yet, which alone makes "fail" refuse it.
    for (const policy of policies) {
      assert.match(
        await run("plan", `--on-exists=${policy}`),
        /^(Nothing to do|Plan: 0 to create, \d+ to skip)\.$/m,
      );
      await run("apply", `--on-exists=${policy}`);
    }
    await run("plan", "--on-exists=update", "--detailed-exitcode");
    const again = await exportResult(database.url, "O", "--quiet");
    assert.deepEqual(again, { code: 0, out: text, err: "" });
    const merged = await merge(database, directory, "O", "--quiet");
    assert.deepEqual(merged, { code: 0, out: "Merge complete: 0 changed, 0 added.\n", err: "" });
  });
}

for (const [what, change] of Object.entries(UNSET)) {
  Deno.test(`an export of ${what} agrees with its database and makes the same one`, async () => {
    const text = await withDatabase({ given: GIVEN }, async (database) => {
      await database.sql.unsafe(`update features_featurestatevalue set ${change}`);
      const text = await exportOf(database.url, "O");
      await agreesOn(database, text);
      return text;
    });
    await withDatabase({}, (database) =>
      withFiles([], async (directory) => {
        await Deno.writeTextFile(`${directory}/a.yaml`, text);
        const applied = await runCli(["apply", "--directory", directory], { databaseUrl: database.url });
        assert.equal(applied.code, 0, applied.err);
        // What another policy would do is done or refused by these, too.
        await agreesOn(database, text, isFull() ? POLICIES : ["fail"]);
      }));
  });
}

Deno.test("an export of unset options, and of states without a value row, agrees with its database", async () => {
  await withDatabase({ given: GIVEN }, async (database) => {
    await database.sql.unsafe(`
      update multivariate_multivariatefeatureoption set string_value = null, type = null where key = 'a';
      update multivariate_multivariatefeatureoption set string_value = null, type = 'int' where key = 'b';
      delete from features_featurestatevalue`);
    await agreesOn(database, (await exportResult(database.url, "O", "--quiet")).out);
  });
});

Deno.test("a written null takes the value of a state; nothing after the colon declares none", async () => {
  await withDatabase({ given: GIVEN }, (database) =>
    withFiles([], async (directory) => {
      const apply = async (value: string, override: string) => {
        await Deno.writeTextFile(
          `${directory}/a.yaml`,
          `version: '1.0'
feature_states:
  - { feature: text, project: P, environment: Dev, value: ${value} }
  - { feature: text, project: P, environment: V2, value: ${value} }
segment_overrides:
  - { feature: text, project: P, environment: Dev, segment: S, value: ${override} }
identity_overrides:
  - { feature: text, project: P, environment: Dev, identifier: alice, value: ${override} }
`,
        );
        const { code, err } = await runCli(["apply", "--on-exists=update", "--directory", directory], {
          databaseUrl: database.url,
        });
        assert.equal(code, 0, err);
        return await exportOf(database.url, "O");
      };
      const before = await exportOf(database.url, "O");
      assert.equal(await apply("", ""), before);
      const after = await apply("null", "~");
      assert.match(
        after,
        /Dev:\n\s+value: null\n\s+segment_overrides:\n.*enabled: true, value: null.*\n\s+identity_overrides:\n.*enabled: true, value: null/,
      );
      assert.match(after, /V2:\n\s+value: null\n/);
      assert.equal(await apply("", ""), after);
      assert.equal(await apply("text", "text"), before);
    }));
});

Deno.test("export --merge-into writes null where a value is unset, and a value in place of null", async () => {
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      const file = (value: string, none: string) =>
        `version: '1.0'
organisations:
  - name: O
projects:
  - name: P
    organisation: O
    environments:
      - { name: Dev, api_key: dev }
    features:
      - { name: text, initial_value: text, environments: { Dev: { value: ${value} } } }
      - { name: none, environments: { Dev: { value: ${none} } } }
`;
      await Deno.writeTextFile(`${directory}/a.yaml`, file("other", "other"));
      const applied = await runCli(["apply", "--directory", directory], { databaseUrl: database.url });
      assert.equal(applied.code, 0, applied.err);
      const merged = { code: 0, out: "Updated DIR/a.yaml.\nMerge complete: 2 changed, 0 added.\n", err: "" };
      await database.sql`update features_featurestatevalue set string_value = null`;
      assert.deepEqual(await merge(database, directory, "O"), merged);
      assert.deepEqual(await filesOf(directory), { "a.yaml": file("null", "null") });
      await database.sql`update features_featurestatevalue set string_value = 'text'`;
      assert.deepEqual(await merge(database, directory, "O"), merged);
      assert.deepEqual(await filesOf(directory), { "a.yaml": file("text", "text") });
    }));
});
