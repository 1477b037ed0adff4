/** What Flagsmith makes by itself and is missing, after races of its hooks and tasks: told by export, written by apply. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { exportResult } from "../support/export.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const VERSIONED = { name: "V2", settings: { use_v2_feature_versioning: true } };
const BASE = {
  organisations: [{ name: "O", subscription: { plan: "enterprise", seats: 7 } }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{ name: "Dev" }, VERSIONED],
    features: [{
      name: "f",
      default_enabled: true,
      initial_value: "text",
      multivariate_options: [{ value: "a", key: "a", percentage_allocation: 20 }],
      environments: {
        Dev: { value: 5 },
        V2: { enabled: false, multivariate: [{ option: "a", percentage_allocation: 30 }] },
      },
    }],
  }],
};

/** What flags are served with. */
const SERVED =
  `select e.name, s.enabled, s.version, s.live_from is not null as timed, v.type, v.string_value, v.integer_value,
  (select array_agg(m.percentage_allocation) from multivariate_multivariatefeaturestatevalue m where m.feature_state_id = s.id) as shares
  from features_featurestate s join environments_environment e on e.id = s.environment_id
  left join features_featurestatevalue v on v.feature_state_id = s.id
  left join feature_versioning_environmentfeatureversion n on n.uuid = s.environment_feature_version_id
  where n.uuid is null or n.live_from = (select max(live_from) from feature_versioning_environmentfeatureversion) order by e.name`;

const STATES = `delete from multivariate_multivariatefeaturestatevalue;
  delete from features_featurestatevalue; delete from features_featurestate`;

/** Removes rows, and expects the served flags and the subscription to come back by `apply`, and to stay. */
async function assertHealed(
  statements: string,
  warnings: readonly string[],
  onExists: string,
): Promise<void> {
  await withDatabase({}, async ({ sql, url }: TestDatabase) => {
    await applyDocuments([BASE], { databaseUrl: url });
    const look = async () =>
      [
        await sql.unsafe(SERVED),
        await sql`select plan, max_seats from organisations_subscription`,
      ].map((rows) => rows.map((row) => ({ ...row })));
    const before = await look();
    await sql.unsafe(statements);
    assert.notDeepEqual(await look(), before);
    const { code, err } = await exportResult(url, "O");
    assert.equal(code, 0);
    assert.deepEqual(
      err.split("\n").filter((line) => line.includes("FP480")),
      warnings.map((w) => `warning: ${w} [FP480]`),
    );
    const world = { stdin: JSON.stringify({ version: "1.0", ...BASE }), databaseUrl: url };
    const applied = await runCli(["apply", "-f", "-", "--on-exists", onExists], world);
    assert.equal(applied.code, 0, applied.err);
    assert.deepEqual(await look(), before);
    const history = await sql`select count(*)::int as count from features_historicalfeaturestate`;
    const again = await runCli(["plan", "-f", "-", "--on-exists", onExists, "--detailed-exitcode"], world);
    assert.equal(again.code, 0, again.out + again.err);
    assert.deepEqual(await sql`select count(*)::int as count from features_historicalfeaturestate`, history);
    assert.equal((await exportResult(url, "O")).err.includes("FP480"), false);
  });
}

const LACKS = (what: string) =>
  ["Dev", "V2"].map((name) => `Environment "${name}" in project "P" has no ${what} of feature "f"`);

Deno.test("apply writes states that are missing, with and without versions", async () => {
  for (const policy of ["skip", "update", "fail"]) {
    await assertHealed(STATES, LACKS("state"), policy);
  }
});

Deno.test("apply writes states whose versions are missing, too", async () => {
  await assertHealed(
    `${STATES}; delete from feature_versioning_environmentfeatureversion`,
    LACKS("state"),
    "update",
  );
});

Deno.test("apply writes the declared value of a state that has no value row", async () => {
  await assertHealed(
    `delete from features_featurestatevalue v using features_featurestate s join environments_environment e on e.id = s.environment_id
      where s.id = v.feature_state_id and e.name = 'Dev'`,
    LACKS("value row").slice(0, 1),
    "update",
  );
});

Deno.test("apply writes the subscription that an organisation lacks", async () => {
  for (const policy of ["skip", "update"]) {
    await assertHealed(
      "delete from organisations_subscription",
      [`Organisation "O" has no subscription`],
      policy,
    );
  }
});

/** A row that Flagsmith reaches through a one-to-one relation, which does not look at `deleted_at`. */
const ONE_TO_ONE = {
  organisations_subscription: {
    change: "update organisations_subscription set max_seats = 8",
    line: 'Updated organisation "O": subscription.',
  },
  features_featurestatevalue: {
    change:
      "update features_featurestatevalue set integer_value = 6 where feature_state_id in (select s.id from features_featurestate s join environments_environment e on e.id = s.environment_id where e.name = 'Dev')",
    line: 'Updated feature "f" in project "P": states (~1).',
  },
};

Deno.test("rows that Flagsmith finds whatever their deleted_at are read, compared, exported and written like others", async () => {
  for (const [table, { change, line }] of Object.entries(ONE_TO_ONE)) {
    await withDatabase({}, async ({ sql, url }) => {
      await applyDocuments([BASE], { databaseUrl: url });
      const { out: before } = await exportResult(url, "O");
      await sql.unsafe(`update ${table} set deleted_at = now()`);
      const world = { stdin: JSON.stringify({ version: "1.0", ...BASE }), databaseUrl: url };
      const run = (...args: readonly string[]) => runCli([...args, "-f", "-"], world);
      const exported = await exportResult(url, "O");
      assert.deepEqual([exported.out, exported.err], [before, ""], table);
      const planned = await run("plan", "--on-exists", "update", "--detailed-exitcode");
      assert.equal(planned.code, 0, planned.out + planned.err);
      await sql.unsafe(change);
      const applied = await run("apply", "--on-exists", "update");
      assert.equal(applied.code, 0, applied.err);
      assert.equal(applied.out.split("\n").find((one) => one.startsWith("Updated")), line);
      assert.equal((await exportResult(url, "O")).out, before);
    });
  }
});
