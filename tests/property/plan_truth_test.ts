/**
 * A plan says exactly what an apply then does, read off the rows: from empty, partly applied and drifted states. Of everything that
 * was recorded: `tests/database/recorded_operations_test.ts`.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { PRESET_NAMES } from "../../src/presets/names.ts";
import { type Given, type TestDatabase, withDatabase } from "../support/database.ts";
import type { Dump } from "../support/dump.ts";
import { applied, ran, replayed } from "../support/given.ts";
import { became, type PlanJson, saidToBecome, withOrders, withoutImplied } from "../support/plan_truth.ts";
import { holdsForSets, isFull } from "../support/property.ts";
import { filesOf } from "../support/random_set/forms.ts";
import { changeOf } from "../support/random_set/mutation.ts";
import { movesOf } from "../support/random_set/moves.ts";
import type { RandomSet } from "../support/random_set/value.ts";
import { runCli } from "../support/run_cli.ts";
import { assertTruthful, ofDocument, type Wish } from "../support/truthful_plan.ts";

/** Every entity that means something else is one that the plan names, with the fields that do. */
function assertMeaning(before: Dump, after: Dump, plan: PlanJson, said: string): void {
  const foretold = withoutImplied(saidToBecome(plan));
  assert.deepEqual(withOrders(withoutImplied(became(before, after)), foretold), foretold, said);
}

const SETS: readonly Wish[] = [
  ...PRESET_NAMES.map((name) => ({ args: ["--preset", name] })),
  { args: ["--directory", "tests/data/shop"] },
];

const BOOTSTRAPPED: Given = {
  key: "plan_truth bootstrap",
  prepare: (database) => assertTruthful(database, { args: ["--preset", "bootstrap"] }),
};

for (const set of SETS) {
  Deno.test(`plan foretells ${set.args.join(" ")} on an empty instance and beside the bootstrap set`, async () => {
    await withDatabase({}, (database) => assertTruthful(database, set));
    await withDatabase({ given: BOOTSTRAPPED }, (database) => assertTruthful(database, set));
  });
}

for (const name of ["e2e", "dev"]) {
  Deno.test(`plan foretells the documents of the recorded data set ${name}`, async () => {
    const { documents: input } = JSON.parse(
      await Deno.readTextFile(new URL(`../data/recordings/${name}.input.json`, import.meta.url)),
    );
    await withDatabase({}, async (database) => {
      for (const document of input) await assertTruthful(database, ofDocument(document));
    });
  });
}

/** What somebody else may do to rows of ours; `%` picks some of them. */
const DRIFTS: readonly string[] = [
  "UPDATE users_ffadminuser SET first_name = 'Drift' WHERE %",
  "UPDATE users_ffadminuser SET is_superuser = NOT is_superuser WHERE %",
  "UPDATE organisations_organisation SET force_2fa = NOT force_2fa WHERE %",
  "UPDATE organisations_organisation SET name = name || '~' WHERE %",
  "UPDATE organisations_subscription SET plan = 'drift', max_seats = 77 WHERE %",
  "UPDATE organisations_userorganisation SET role = 'USER' WHERE %",
  "UPDATE projects_project SET hide_disabled_flags = NOT coalesce(hide_disabled_flags, false) WHERE %",
  "UPDATE projects_project SET name = name || '~' WHERE %",
  "UPDATE environments_environment SET description = 'drift' WHERE %",
  "UPDATE environments_environment SET name = name || '~' WHERE %",
  "UPDATE features_feature SET default_enabled = NOT default_enabled, description = 'drift' WHERE %",
  "UPDATE features_feature SET initial_value = 'drift' WHERE %",
  "UPDATE features_feature SET is_archived = NOT is_archived WHERE %",
  "UPDATE features_feature SET name = name || '~' WHERE %",
  "UPDATE features_feature SET deleted_at = now() WHERE %",
  "UPDATE segments_segment SET description = 'drift' WHERE %",
  "UPDATE features_featurestate SET enabled = NOT enabled WHERE %",
  "UPDATE features_featurestatevalue SET type = 'int', integer_value = 7, string_value = NULL, boolean_value = NULL WHERE %",
  "UPDATE environments_identity SET identifier = identifier || '~' WHERE %",
  "UPDATE django_site SET domain = 'drift.example.com'",
];

/** Takes some of what was applied away, and lets somebody else change what is left; all of it drawn from the seed. */
async function damage({ url, sql }: TestDatabase, seed: number): Promise<void> {
  const draw = (below: number, salt: number): number => Math.abs(Math.imul(seed + salt, 0x9e3779b1)) % below;
  const addresses = await sql`select address from provisioning_log where event = 'created' order by seq`;
  for (let salt = 0; salt < draw(3, 1); salt++) {
    const address = String(addresses[draw(addresses.length, salt + 2)]?.["address"]);
    await runCli(["teardown", "--address", address, "--cascade", "--yes"], { databaseUrl: url });
  }
  for (let salt = 0; salt < draw(4, 5); salt++) {
    const drift = DRIFTS[draw(DRIFTS.length, salt + 6)] ?? "";
    await sql.unsafe(drift.replace("%", `id % 3 = ${draw(3, salt + 10)}`));
  }
}

Deno.test("plan foretells any set on an instance of any sort, and any change of it after damage", async () => {
  await holdsForSets(5, async (set) => {
    const beside = set.seed % 2 === 0 ? { given: replayed("older/2.265.0/core") } : {};
    await withDatabase(beside, async (database) => {
      const { before, after } = changeOf(set);
      const wish = (of: RandomSet, policy: string): Wish => ({
        args: ["--file", "-", "--on-exists", policy],
        stdin: filesOf(of).join("---\n"),
      });
      await assertTruthful(database, wish(before, "skip"), { compare: assertMeaning });
      await damage(database, set.seed);
      await assertTruthful(database, wish(after, set.seed % 3 === 0 ? "skip" : "update"), {
        compare: assertMeaning,
      });
    });
  });
});

Deno.test("plan foretells apply from partly applied and drifted states", async () => {
  const shop = ["--directory", "tests/data/shop"];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("skip", "update"),
      fc.uniqueArray(fc.nat({ max: 25 }), { maxLength: 3 }),
      fc.uniqueArray(fc.tuple(fc.nat({ max: DRIFTS.length - 1 }), fc.nat({ max: 2 })), { maxLength: 4 }),
      async (policy, gone, drifts) => {
        await withDatabase({ given: ran(shop) }, async (database) => {
          const { url, sql } = database;
          const addresses =
            await sql`select address from provisioning_log where event = 'created' order by seq`;
          for (const at of gone) {
            const address = String(addresses[at % addresses.length]?.["address"]);
            await runCli(["teardown", "--address", address, "--cascade", "--yes"], { databaseUrl: url });
          }
          for (const [at, third] of drifts) {
            await sql.unsafe((DRIFTS[at] ?? "").replace("%", `id % 3 = ${third}`));
          }
          await assertTruthful(database, { args: [...shop, "--on-exists", policy] });
        });
      },
    ),
    { numRuns: isFull() ? 100 : 25, seed: 7, endOnFailure: true },
  );
});

Deno.test("plan foretells what moves from entities that are removed to others", async () => {
  await holdsForSets(4, async ({ seed }) => {
    await withDatabase({}, async (database) => {
      const { before, after } = movesOf(seed);
      const wish = (document: unknown): Wish => ({
        ...ofDocument(document),
        args: ["--file", "-", "--on-exists", "update"],
      });
      await assertTruthful(database, wish(before), { compare: assertMeaning });
      await assertTruthful(database, wish(after), { compare: assertMoves });
    });
  });
});

/** Fields that a removal changes in entities that stay: places move up, links to what is removed are removed. */
const LEFT_BEHIND = ["priority", "tags", "members"];

/**
 * As `assertMeaning`, and as many rows of entities are deleted as the plan says. What a removal changes in others is no
 * change of theirs: whether it is right shows the plan that is made afterwards, which finds nothing to do.
 */
function assertMoves(before: Dump, after: Dump, plan: PlanJson, said: string): void {
  const removes = plan.actions.some((a) => a.action === "delete");
  const compared = (meaning: ReturnType<typeof became>) => {
    const { created, updated } = withoutImplied(meaning);
    const rest = Object.entries(updated).map(([address, fields]) => {
      const kept = Object.entries(fields).filter(([field]) =>
        // The first option makes a feature multivariate.
        !(removes && LEFT_BEHIND.includes(field)) && !(field === "type" && "multivariate_options" in fields)
      );
      return [address, Object.fromEntries(kept)] as const;
    });
    return { created, updated: Object.fromEntries(rest.filter(([, f]) => Object.keys(f).length > 0)) };
  };
  assert.deepEqual(compared(became(before, after)), compared(saidToBecome(plan)), said);
  for (const table of ENTITY_TABLES) {
    const left = new Set((after.get(table) ?? []).map((row) => row["id"]));
    const gone = (before.get(table) ?? []).filter((row) => !left.has(row["id"])).length;
    assert.equal(plan.rows_deleted[table] ?? 0, gone, `${table}\n${said}`);
  }
}

/** Tables of which only a removal deletes rows. */
const ENTITY_TABLES = [
  "users_ffadminuser",
  "users_userpermissiongroup",
  "organisations_userorganisation",
  "api_keys_masterapikey",
  "environments_environment",
  "environments_environmentapikey",
  "features_feature",
  "features_featuresegment",
  "segments_segment",
  "tags_tag",
];

const HOUSE = {
  users: [{ email: "ada@example.com" }, { email: "bob@example.com" }],
  organisations: [{ name: "O", members: [{ email: "ada@example.com", role: "ADMIN" }] }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Dev", api_key: "chosen-key-of-dev" }, { name: "Prod" }],
    features: [{ name: "f" }, { name: "g", initial_value: "1" }],
    segments: [{
      name: "s",
      rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
    }],
  }],
};

Deno.test("plan foretells what ensure: absent takes with it, and what comes back in the same run", async () => {
  const wishes = [
    { features: [{ name: "f", project: "Web", ensure: "absent" }] },
    { environments: [{ name: "Dev", project: "Web", ensure: "absent" }] },
    { projects: [{ name: "Web", organisation: "O", ensure: "absent" }] },
    { organisations: [{ name: "O", ensure: "absent" }] },
    // The organisation goes with its member and is wanted all the same, keys and `only_if_none` included.
    {
      users: [{ email: "ada@example.com", ensure: "absent", with_organisations: true }, {
        email: "cy@example.com",
        only_if_none: true,
      }],
      organisations: [{ name: "O", only_if_none: true }],
      projects: HOUSE.projects,
    },
  ];
  for (const wish of wishes) {
    await withDatabase(
      { given: applied([HOUSE]) },
      (database) => assertTruthful(database, ofDocument(wish)),
    );
  }
});
