/** A run deletes rows that an earlier run had inserted: whichever is undone first, nothing stays that nobody else made. */
import assert from "node:assert/strict";
import { type Given, withDatabase } from "../support/database.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

const BASE = {
  users: [{ email: "a@example.com" }, { email: "b@example.com" }],
  organisations: [{ name: "O", members: [{ email: "a@example.com" }, { email: "b@example.com" }] }],
  projects: [{
    name: "P",
    organisation: "O",
    tags: [{ label: "t" }, { label: "u" }],
    environments: [{ name: "E" }],
    features: [{
      name: "f",
      tags: ["u"],
      multivariate_options: [{ value: "one", percentage_allocation: 10 }],
    }],
  }],
  groups: [{ name: "G", organisation: "O" }],
  permissions: [{ user: "b@example.com", project: "P", permissions: ["VIEW_PROJECT"] }],
};

const feature = (fields: unknown) => ({ features: [{ name: "f", project: "P", ...Object(fields) }] });
const rights = (permissions: readonly string[]) => ({
  permissions: [{ user: "b@example.com", project: "P", permissions }],
});
const group = (member: unknown) => ({ groups: [{ name: "G", organisation: "O", members: [member] }] });

/** What a run adds, and what takes it away again. */
const CASES: Readonly<Record<string, readonly [add: unknown, remove: unknown]>> = {
  tags: [feature({ tags: ["u", "t"] }), feature({ tags: [] })],
  owners: [feature({ owners: ["a@example.com"] }), feature({ owners: [] })],
  "permission keys": [rights(["VIEW_PROJECT", "DELETE_FEATURE"]), rights([])],
  "multivariate options": [
    feature({ multivariate_options: [{ value: "two", key: "k", percentage_allocation: 5 }] }),
    feature({ multivariate_options: [{ value: "two", key: "k", ensure: "absent" }] }),
  ],
  "members of a group": [
    group({ email: "a@example.com" }),
    group({ email: "a@example.com", ensure: "absent" }),
  ],
};

const ORDERS: readonly (readonly number[])[] = [
  [],
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

for (const [what, [add, remove]] of Object.entries(CASES)) {
  let before: Dump = new Map();
  const changed: Given = {
    key: `restored rows: ${what}`,
    prepare: async ({ sql, url }) => {
      await applyDocuments([BASE], { databaseUrl: url });
      await sql.unsafe("drop table provisioning_log; drop function provisioning_log_refuse");
      before = await dumpTables(sql);
      // Without the log of the first run, the option that gets the key is somebody else's.
      const env = { FLAGSMITH_PROVISION_ALLOW_DELETE: "true" };
      for (const document of [add, remove, add]) {
        await applyDocuments([{ defaults: { on_exists: "update" }, ...Object(document) }], {
          databaseUrl: url,
          env,
        });
      }
    },
  };
  Deno.test(`teardown of runs that add, remove and add ${what} leaves none, in any order`, async () => {
    for (const order of ORDERS) {
      await withDatabase({ given: changed }, async ({ sql, url }) => {
        const world = { databaseUrl: url };
        const log = await sql`select run_id from provisioning_log group by run_id order by min(seq)`;
        const runs = log.map((row) => String(row["run_id"]));
        assert.equal(runs.length, 3);
        const selections = order.length === 0 ? [["--all"]] : order.map((at) => ["--run", runs[at] ?? ""]);
        for (const selection of selections) {
          const { code, err } = await runCli(["teardown", ...selection, "--yes"], world);
          assert.equal(code, 0, `${order}: ${err}`);
        }
        assert.ok(before.size > 0);
        assertTornDown(before, await dumpTables(sql));
      });
    }
  });
}
