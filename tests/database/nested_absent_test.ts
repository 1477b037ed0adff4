/** `ensure: absent` of what is a part of an entity takes what others created by consent only. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import type * as z from "zod";
import { ALL_SPECS } from "../../src/kinds/specs.ts";
import { structures } from "../../src/kinds/structure.ts";
import { LIVE_TABLES } from "../../src/kinds/tables.ts";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

/** True when a schema has a key `ensure` somewhere below it. */
function removesNested(schema: z.ZodType): boolean {
  const structure = structures.get(schema);
  switch (structure?.kind) {
    case "optional":
      return removesNested(structure.inner);
    case "list":
      return removesNested(structure.item);
    case "record":
      return removesNested(structure.value);
    case "mapping":
      return Object.entries(structure.fields).some(([key, value]) =>
        key === "ensure" || removesNested(value)
      );
    default:
      return false;
  }
}

Deno.test("every kind with a nested ensure says which rows it takes", () => {
  const kinds = Object.values(ALL_SPECS);
  assert.deepEqual(
    kinds.filter(({ schema }) => removesNested(schema)).map(({ name }) => name),
    kinds.filter(({ name }) => LIVE_TABLES[name].takes !== undefined).map(({ name }) => name),
  );
});

const HOUSE = {
  users: [{ email: "ada@example.com" }, { email: "bob@example.com" }],
  organisations: [{
    name: "O",
    members: [{ email: "ada@example.com" }, { email: "bob@example.com" }],
    groups: [{ name: "G", members: [{ email: "ada@example.com" }] }],
  }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{ name: "E" }],
    segments: [{
      name: "s",
      rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
    }],
    features: [{
      name: "f",
      initial_value: "red",
      multivariate_options: [{ value: "blue", key: "blue", percentage_allocation: 10 }],
      environments: { E: { segment_overrides: [{ segment: "s", enabled: true }] } },
    }],
  }],
};

const option = (key: string): unknown => ({
  features: [{ name: "f", project: "P", multivariate_options: [{ value: key, key, ensure: "absent" }] }],
});
const member = (email: string): unknown => ({
  groups: [{ name: "G", organisation: "O", members: [{ email, ensure: "absent" }] }],
});

/** What somebody makes in the dashboard, what a file then removes, and which rows that takes. */
const OF_OTHERS: Readonly<Record<string, readonly [(sql: Sql) => Promise<unknown>, unknown, string]>> = {
  "an option": [
    (sql) =>
      sql`insert into multivariate_multivariatefeatureoption (feature_id, type, string_value, default_percentage_allocation, uuid, key)
        select id, 'unicode', 'green', 5, gen_random_uuid(), 'green' from features_feature`,
    option("green"),
    'Feature "f" would lose by a nested "ensure: absent" what others created: multivariate_multivariatefeatureoption (1)',
  ],
  "a share of our option in an override": [
    (sql) =>
      sql`insert into multivariate_multivariatefeaturestatevalue (feature_state_id, multivariate_feature_option_id, percentage_allocation, uuid)
        select s.id, o.id, 40, gen_random_uuid() from features_featurestate s, multivariate_multivariatefeatureoption o
        where s.feature_segment_id is not null`,
    option("blue"),
    'Feature "f" would lose by a nested "ensure: absent" what others created: multivariate_multivariatefeaturestatevalue (1)',
  ],
  "a member of a group": [
    (sql) =>
      sql`insert into users_userpermissiongroup_users (userpermissiongroup_id, ffadminuser_id, group_admin)
        select g.id, u.id, true from users_userpermissiongroup g, users_ffadminuser u where u.email like 'bob@%'`,
    member("bob@example.com"),
    'Group "G" would lose by a nested "ensure: absent" what others created: users_userpermissiongroup_users (1)',
  ],
};

interface World {
  readonly url: string;
}

async function run({ url: databaseUrl }: World, document: unknown, ...args: readonly string[]) {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  return await runCli([...args, "--on-exists", "update", "--file", "-"], { databaseUrl, stdin });
}

for (const [what, [make, wish, message]] of Object.entries(OF_OTHERS)) {
  Deno.test(`a nested ensure: absent needs --allow-delete for ${what} that others created`, async () => {
    await withDatabase({}, async (world) => {
      const { sql } = world;
      const rows = new RegExp(
        `^Rows that would go: ${message.split(": ")[2]?.replace(/[()]/g, "\\$&")}\\.$`,
        "m",
      );
      assert.equal((await run(world, HOUSE, "apply")).code, 0);
      await make(sql);
      const before = await dumpTables(sql);
      const planned = await run(world, wish, "plan");
      assert.equal(planned.code, 0, planned.err);
      assert.match(planned.out, rows);
      assert.match(planned.err, /^note: apply needs --allow-delete to delete\.$/m);
      const refused = await run(world, wish, "apply");
      assert.deepEqual([refused.code, refused.out], [1, ""]);
      assert.match(refused.err, new RegExp(`error: ${message.replace(/[().]/g, "\\$&")} \\[FP320\\]`));
      assert.deepEqual(await dumpTables(sql), before);
      const allowed = await run(world, wish, "apply", "--allow-delete");
      assert.deepEqual([allowed.code, allowed.err], [0, ""]);
      assert.match(allowed.out, new RegExp(rows.source.replace("that would go", "removed"), "m"));
      // What it made it can take back.
      const [last] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
      const back = await runCli(["teardown", "--run", String(last?.["run_id"]), "--yes"], {
        databaseUrl: world.url,
      });
      assert.equal(back.code, 0, back.err);
      assertTornDown(before, await dumpTables(sql));
    });
  });
}

Deno.test("a nested ensure: absent needs no consent for what this tool made", async () => {
  for (const wish of [option("blue"), member("ada@example.com")]) {
    await withDatabase({}, async (world) => {
      assert.equal((await run(world, HOUSE, "apply")).code, 0);
      const planned = await run(world, wish, "plan");
      assert.doesNotMatch(planned.err, /allow-delete/);
      const done = await run(world, wish, "apply");
      assert.deepEqual([done.code, done.err], [0, ""]);
    });
  }
});
