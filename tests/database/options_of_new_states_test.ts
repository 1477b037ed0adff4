/** States that a run writes have the shares of exactly those options that their flag has after the run. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const option = (key: string, percentage_allocation: number, more: object = {}) => ({
  key,
  value: key.toUpperCase(),
  percentage_allocation,
  ...more,
});

const document = (
  options: readonly object[],
  dev: object | undefined,
  versioned = false,
  feature: object = {},
) => ({
  organisations: [{ name: "O" }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [
      { name: "Old" },
      ...(dev === undefined ? [] : [{ name: "Dev", settings: { use_v2_feature_versioning: versioned } }]),
    ],
    features: [{
      name: "f",
      multivariate_options: options,
      environments: dev === undefined ? {} : { Dev: dev },
      ...feature,
    }],
  }],
});

/** The shares of each state, by the names of environments, and how often an option has one. */
async function shares(sql: Sql): Promise<Readonly<Record<string, string>>> {
  const rows = await sql<{ name: string; shares: string | null }[]>`
    select e.name, string_agg(o.key || ' ' || m.percentage_allocation, ', ' order by o.id) as shares
    from features_featurestate s join environments_environment e on e.id = s.environment_id
    left join multivariate_multivariatefeaturestatevalue m on m.feature_state_id = s.id
    left join multivariate_multivariatefeatureoption o on o.id = m.multivariate_feature_option_id
    group by s.id, e.name order by e.name`;
  return Object.fromEntries(rows.map(({ name, shares }) => [name, shares ?? ""]));
}

const LOST =
  "(select s.id from features_featurestate s join environments_environment e on e.id = s.environment_id where e.name = 'Dev')";

/** What a file says of the options of a live flag whose option is a → the shares in a state of this run, and in an old one. */
const CHANGES: readonly (readonly [what: string, options: readonly object[], fresh: string, old: string])[] =
  [
    ["added", [option("a", 20), option("b", 30)], "a 20, b 30", "a 20, b 30"],
    ["removed", [option("a", 20, { ensure: "absent" }), option("b", 30)], "b 30", "b 30"],
    ["given another share", [option("a", 50)], "a 50", "a 20"],
  ];

for (const [what, options, fresh, old] of CHANGES) {
  Deno.test(`a state that is written anew, or with its environment, has the shares of options that are ${what} in the run`, async () => {
    for (const isMissing of [true, false]) {
      for (const versioned of [true, false]) {
        await withDatabase({}, async ({ sql, url }) => {
          const first = document([option("a", 20)], isMissing ? {} : undefined, versioned);
          await applyDocuments([first], { databaseUrl: url });
          await sql.unsafe(
            `delete from multivariate_multivariatefeaturestatevalue where feature_state_id in ${LOST};
            delete from features_featurestatevalue where feature_state_id in ${LOST};
            delete from features_featurestate where id in ${LOST}`,
          );
          const stdin = JSON.stringify({
            version: "1.0",
            ...document(options, { enabled: true }, versioned),
          });
          const run = (command: string, ...args: readonly string[]) =>
            runCli([command, "-f", "-", "--on-exists", "update", ...args], { databaseUrl: url, stdin });
          const { code, err } = await run("apply", "--allow-delete");
          assert.equal(code, 0, err);
          assert.deepEqual(await shares(sql), { Dev: fresh, Old: old });
          assert.equal((await run("plan")).out, "Nothing to do.\n");
        });
      }
    }
  });
}

Deno.test("a declared share of an option that the run adds is what a new state has of it", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([document([option("a", 20)], undefined)], { databaseUrl: url });
    const stdin = JSON.stringify({
      version: "1.0",
      ...document([option("a", 20), option("b", 30)], {
        multivariate: [{ option: "b", percentage_allocation: 5 }],
      }),
    });
    const { code, err } = await runCli(["-f", "-", "--on-exists", "update"], { databaseUrl: url, stdin });
    assert.equal(code, 0, err);
    assert.deepEqual(await shares(sql), { Dev: "a 20, b 5", Old: "a 20, b 30" });
  });
});

Deno.test("an environment begins with the defaults that the run gives a live flag", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const before = document([], undefined, false, { default_enabled: false, initial_value: "before" });
    await applyDocuments([before], { databaseUrl: url });
    const after = document([], {}, false, { default_enabled: true, initial_value: "after" });
    const stdin = JSON.stringify({ version: "1.0", ...after });
    const { code, err } = await runCli(["-f", "-", "--on-exists", "update"], { databaseUrl: url, stdin });
    assert.equal(code, 0, err);
    const rows = await sql`select e.name, s.enabled, v.string_value as value from features_featurestate s
      join environments_environment e on e.id = s.environment_id
      join features_featurestatevalue v on v.feature_state_id = s.id order by 1`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      { name: "Dev", enabled: true, value: "after" },
      { name: "Old", enabled: false, value: "before" },
    ]);
  });
});

Deno.test("a new environment is refused whose states would begin with more than 100 percent after the run", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([document([option("a", 20), option("c", 60)], undefined)], { databaseUrl: url });
    await sql`update multivariate_multivariatefeatureoption set default_percentage_allocation = 80 where key = 'a'`;
    await sql`update multivariate_multivariatefeaturestatevalue set percentage_allocation = 0`;
    const run = async (options: readonly object[]) => {
      const stdin = JSON.stringify({ version: "1.0", ...document(options, {}, false, { environments: {} }) });
      const { code, err } = await runCli(["-f", "-", "--on-exists", "update", "--dry-run"], {
        databaseUrl: url,
        stdin,
      });
      return [code, /error: (.*)/.exec(err)?.[1]];
    };
    const refused = (sum: number) =>
      `Environment "Dev" would begin with ${sum} percent for a live feature (features_feature 1) [FP112]`;
    assert.deepEqual(await run([option("c", 30)]), [1, refused(110)]);
    assert.deepEqual(await run([option("c", 0), option("b", 30)]), [1, refused(110)]);
    assert.deepEqual(await run([option("c", 0), option("b", 20)]), [0, undefined]);
  });
});
