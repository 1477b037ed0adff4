/** Older releases: all sets from apply to teardown, what differs from newer ones, and what is refused there. */
import assert from "node:assert/strict";
import { PRESET_NAMES } from "../../src/presets/names.ts";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { isFull } from "../support/property.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { assertUntouched } from "../support/untouched.ts";
import { assertWholeLife } from "../support/whole_life.ts";

/**
 * One release between the oldest and the newest, which `matrix_test.ts` has; with `FULL_TESTS` the oldest and those that charts
 * and images in use pin, too.
 */
const LIVED = [
  "2.190.0",
  ...(isFull() ? ["2.100.2", "2.126.0", "2.150.0", "2.238.0", "2.265.0-from-2.126.0"] : []),
];

for (const release of LIVED) {
  Deno.test(`all sets are applied twice, planned, reported, exported and torn down on ${release}`, async () => {
    await withDatabase({ schema: release }, (database) => assertWholeLife(database, PRESET_NAMES));
  });
}

Deno.test("a segment's rules are compared, changed and restored in releases that keep them in rows only", async () => {
  for (const release of ["2.100.2", "2.150.0", "2.181.0"]) {
    await withDatabase({ schema: release }, async ({ sql, url }) => {
      const rule = (type: string, ...properties: readonly string[]) => ({
        type,
        conditions: properties.map((property) => ({ property, operator: "EQUAL", value: "1" })),
      });
      const document = (...rules: readonly unknown[]) => ({
        defaults: { on_exists: "update" },
        segments: [{ name: "s", project: "Web", rules }],
      });
      await applyDocuments([
        { organisations: [{ name: "Acme" }], projects: [{ name: "Web", organisation: "Acme" }] },
        document(rule("ALL", "a", "b"), rule("ANY", "c")),
      ], { databaseUrl: url });
      const made = await dumpTables(sql);
      const [same] = await applyDocuments([document(rule("ALL", "a", "b"), rule("ANY", "c"))], {
        databaseUrl: url,
      });
      assert.match(same?.out ?? "", /0 created, 1 skipped/, release);
      const [changed] = await applyDocuments([document(rule("ALL", "a"))], { databaseUrl: url });
      assert.match(changed?.out ?? "", /^Updated segment "s"/m, changed?.out);
      const histories = await sql<{ kind: string; n: number }[]>`
        select history_type as kind, count(*)::int as n from segments_historicalcondition group by 1 order by 1`;
      const twice = release === "2.150.0" ? [{ kind: "~", n: 2 }] : [];
      assert.deepEqual(histories.map((row) => ({ ...row })), [
        { kind: "+", n: 3 },
        { kind: "-", n: 2 },
        ...twice,
      ], release);
      const live = release === "2.100.2" ? "true" : "deleted_at is null";
      const left = await sql.unsafe(`select property from segments_condition where ${live} order by id`);
      assert.deepEqual(left.map((row) => row["property"]), ["a"], release);
      const [deleted] = await sql`select count(*)::int as n from segments_condition`;
      assert.equal(deleted?.["n"], release === "2.100.2" ? 1 : 3, release);
      const [run] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
      const undo = await runCli(["teardown", "--run", String(run?.["run_id"]), "--yes"], {
        databaseUrl: url,
      });
      assert.equal(undo.code, 0, undo.err);
      assertTornDown(made, await dumpTables(sql));
    });
  }
});

Deno.test("apply names the first release that can hold a field, for each field that an old release lacks", async () => {
  await withDatabase({ schema: "2.100.2" }, async (database) => {
    const { code, err } = await assertUntouched(
      database,
      () =>
        runCli(["-f", "-"], {
          databaseUrl: database.url,
          stdin: JSON.stringify({
            version: "1.0",
            organisations: [{ name: "Acme" }],
            projects: [{
              name: "Web",
              organisation: "Acme",
              settings: { stale_flags_limit_days: 5, enforce_feature_owners: true },
              environments: [{ name: "Dev", settings: { use_identity_overrides_in_local_eval: false } }],
              features: [{
                name: "f",
                multivariate_options: [{ key: "one", value: "1", percentage_allocation: 5 }],
              }],
            }],
          }),
        }),
    );
    assert.equal(code, 1);
    assert.deepEqual(
      [...err.matchAll(/cannot have "(\w+)"|that stores it is ([\d.]+);/g)].map((m) => m[1] ?? m[2]),
      [
        "stale_flags_limit_days",
        "2.101.0",
        "enforce_feature_owners",
        "2.226.0",
        "use_identity_overrides_in_local_eval",
        "2.140.0",
        "key",
        "2.239.0",
      ],
      err,
    );
  });
});

Deno.test("a shipped set leaves out what a release cannot hold, with a warning that names the first that can", async () => {
  await withDatabase({ schema: "2.238.0" }, async ({ sql, url }) => {
    const { code, err } = await runCli(["--preset", "flagsmith-on-flagsmith"], { databaseUrl: url });
    assert.equal(code, 0, err);
    assert.match(
      err,
      /warning: "key" of feature "onboarding_quickstart_flow" is left out: this Flagsmith \(2\.233\.0 or later\) does not store it \[FP153\]\n[^]*hint: The first release that stores it is 2\.239\.0\n/,
    );
    const [options] = await sql`select count(*)::int as n from multivariate_multivariatefeatureoption`;
    assert.equal(options?.["n"], 1);
  });
});
