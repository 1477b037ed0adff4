/** No state of a flag gets more than 100 percent, whichever way its shares come together. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const option = (key: string, share: number) => ({ key, value: key, percentage_allocation: share });

/** A flag with options a and b in two environments, of which the second has versions. */
const base = (a: number, b: number) => ({
  organisations: [{ name: "O" }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{ name: "Dev" }, { name: "V2", settings: { use_v2_feature_versioning: true } }],
    features: [{ name: "mv", multivariate_options: [option("a", a), option("b", b)] }],
  }],
});

const state = (environment: string, ...shares: readonly (readonly [string, number])[]) => ({
  feature_states: [{
    feature: "mv",
    project: "P",
    environment,
    multivariate: shares.map(([option, share]) => ({ option, percentage_allocation: share })),
  }],
});

const feature = (...options: readonly unknown[]) => ({
  features: [{ name: "mv", project: "P", multivariate_options: options }],
});

/** What is refused on top of a live flag, and what the message says. */
const REFUSED: readonly (readonly [what: string, live: unknown, file: unknown, message: RegExp])[] = [
  ["a share beside one that stays", base(30, 30), state("Dev", ["b", 95]), /would have 125 percent/],
  ["a share in a versioned environment", base(30, 30), state("V2", ["b", 95]), /would have 125 percent/],
  [
    "a new option",
    base(60, 40),
    feature(option("a", 60), option("b", 40), option("c", 0.5)),
    /100\.5 percent/,
  ],
  [
    "a new option, where environments have shares of their own",
    {
      ...base(30, 30),
      ...state("Dev", ["a", 60], ["b", 40]),
    },
    feature(option("a", 30), option("b", 30), option("c", 10)),
    /environment "Dev" to 110 percent/,
  ],
  ["another share of an option beside one that stays", base(60, 40), feature(option("a", 80)), /120 percent/],
];

const run = (database: TestDatabase, document: unknown, ...args: readonly string[]) =>
  runCli([...args, "-f", "-", "--on-exists", "update"], {
    databaseUrl: database.url,
    stdin: JSON.stringify({ version: "1.0", ...Object(document) }),
  });

const sums = async ({ sql }: TestDatabase) =>
  (await sql`select sum(percentage_allocation)::float8 as sum from multivariate_multivariatefeaturestatevalue
    group by feature_state_id order by 1`).map(({ sum }) => sum);

for (const [what, live, file, message] of REFUSED) {
  Deno.test(`plan and apply refuse more than 100 percent: ${what}`, async () => {
    await withDatabase({}, async (database) => {
      await applyDocuments([live], { databaseUrl: database.url });
      const before = await sums(database);
      for (const command of ["plan", "apply"]) {
        const { code, err } = await run(database, file, command);
        assert.equal(code, 1, `${command}: ${err}`);
        assert.match(err, /\[FP112\]/);
        assert.match(err, message);
      }
      assert.deepEqual(await sums(database), before);
    });
  });
}

Deno.test("apply accepts shares of exactly 100 percent, also where another one makes room", async () => {
  await withDatabase({}, async (database) => {
    await applyDocuments([base(30, 30)], { databaseUrl: database.url });
    assert.equal((await run(database, state("Dev", ["b", 70]), "apply")).code, 0);
    const both = {
      ...feature(option("a", 30), option("b", 30), option("c", 40)),
      ...state("Dev", ["a", 0], ["b", 60]),
    };
    const { code, err } = await run(database, both, "apply");
    assert.equal(code, 0, err);
    assert.deepEqual(await sums(database), [100, 100]);
  });
});

Deno.test("validate and apply refuse a declared state that exceeds 100 percent with the declared options", async () => {
  const document = {
    ...base(30, 30),
    ...state("Dev", ["a", 80]),
  };
  const stdin = JSON.stringify({ version: "1.0", ...document });
  const { code, err } = await runCli(["validate", "-f", "-"], { stdin });
  assert.equal(code, 1);
  assert.match(err, /would have 110 percent.*\[FP112\]/);
  await withDatabase({}, async (database) => {
    assert.match((await run(database, document, "apply")).err, /would have 110 percent.*\[FP112\]/);
  });
});

Deno.test("a new environment is refused where the live options have more than 100 percent", async () => {
  await withDatabase({}, async (database) => {
    await applyDocuments([base(60, 40)], { databaseUrl: database.url });
    await database
      .sql`update multivariate_multivariatefeatureoption set default_percentage_allocation = 80 where key = 'a'`;
    const { code, err } = await run(database, { environments: [{ name: "New", project: "P" }] }, "apply");
    assert.equal(code, 1);
    assert.match(err, /would begin with 120 percent.*\[FP112\]/);
  });
});
