/** The rules of a segment are those that Flagsmith evaluates, the rows; `rules_data` repeats them and may be behind. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { exportOf } from "../support/export.ts";
import { runCli } from "../support/run_cli.ts";

const FILE = JSON.stringify({
  version: "1.0",
  organisations: [{ name: "O" }],
  projects: [{
    name: "P",
    organisation: "O",
    segments: [
      {
        name: "short",
        rules: [{ type: "ANY", conditions: [{ property: "p", operator: "EQUAL", value: "v" }] }],
      },
      {
        name: "tree",
        rules: [{
          type: "ALL",
          conditions: [{ property: "q", operator: "IS_SET" }],
          rules: [{ type: "NONE", conditions: [{ property: "r", operator: "IN", value: "1,2" }] }],
        }],
      },
    ],
  }],
});

/** What was done to the rows → what the program calls a segment then, and what is live. */
const CASES: readonly (readonly [what: string, change: string, isSame: boolean])[] = [
  ["rules_data is NULL, as the models leave it", "update segments_segment set rules_data = null", true],
  [
    "rules_data is behind",
    `update segments_segment set rules_data = '[{"type": "ALL", "rules": [], "conditions": []}]'`,
    true,
  ],
  [
    "the rows are other than rules_data",
    "update segments_condition set value = 'w' where property = 'p'; update segments_segmentrule set type = 'ANY' where type = 'NONE'",
    false,
  ],
  [
    "the rows are deeper than a file can say",
    `insert into segments_segmentrule (type, rule_id, uuid, created_at, updated_at) select 'ALL', max(id), gen_random_uuid(), now(), now() from segments_segmentrule`,
    false,
  ],
];

const SCHEMAS = ["2.265.0", "2.274.0"];

async function run({ url }: TestDatabase, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await runCli([...args, "-f", "-"], { databaseUrl: url, stdin: FILE });
  assert.equal(code, 0, out + err);
  return out;
}

for (const [what, change, isSame] of CASES) {
  Deno.test(`status, plan, update and export read the rules that are evaluated where ${what}`, async () => {
    for (const schema of SCHEMAS) {
      await withDatabase({ schema }, async (database) => {
        await run(database, "apply");
        const before = await exportOf(database.url, "O");
        await database.sql.unsafe(change);
        const [status, plan] = [
          await run(database, "status"),
          await run(database, "plan", "--on-exists", "update"),
        ];
        if (isSame) {
          assert.equal(status, "Status: 4 in sync.\n");
          assert.equal(plan, "Nothing to do.\n");
          assert.equal(await exportOf(database.url, "O"), before);
          return;
        }
        assert.match(status, /^Segment ".*" in project "P": drifted/m);
        assert.match(plan, /^Would update segment ".*" in project "P": rules\.$/m);
        await run(database, "apply", "--on-exists", "update");
        assert.equal(await run(database, "status"), "Status: 4 in sync.\n");
        assert.equal(await exportOf(database.url, "O"), before);
      });
    }
  });
}
