/** States, overrides, members and rights are known by the names of what they belong to: renaming that loses none of them. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { runCli } from "../support/run_cli.ts";

/** Names as a file says them. */
interface Names {
  readonly environment: string;
  readonly segment: string;
  readonly user: string;
}

const NAMES: Names = { environment: "E", segment: "s", user: "w@example.com" };

/** A set in which everything that is named by others depends on the three of them; `more` goes to the entity itself. */
function document(names: Names, more: Partial<Record<keyof Names, unknown>> = {}): unknown {
  const state = { enabled: true, value: 3 };
  return {
    version: "1.0",
    users: [{ email: names.user, ...Object(more.user) }],
    organisations: [{
      name: "O",
      members: [{ email: names.user, role: "ADMIN" }],
      groups: [{ name: "G", members: [{ email: names.user, group_admin: true }] }],
    }],
    projects: [{
      name: "P",
      organisation: "O",
      environments: [{ name: names.environment, ...Object(more.environment) }, { name: "Other" }],
      segments: [{
        name: names.segment,
        rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
        ...Object(more.segment),
      }],
      features: [{
        name: "f",
        owners: [names.user],
        environments: {
          [names.environment]: {
            ...state,
            segment_overrides: [{ segment: names.segment, ...state }],
            identity_overrides: [{ identifier: "alice", ...state }],
          },
          Other: { segment_overrides: [{ segment: names.segment, enabled: false }] },
        },
      }],
    }],
    permissions: [
      { user: names.user, project: "P", permissions: ["VIEW_PROJECT"] },
      {
        user: names.user,
        project: "P",
        environment: names.environment,
        permissions: ["VIEW_ENVIRONMENT"],
      },
    ],
  };
}

async function run(url: string, stdin: unknown, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await runCli([...args, "--file", "-"], {
    databaseUrl: url,
    stdin: JSON.stringify(stdin),
  });
  assert.equal(code, 0, out + err);
  return out;
}

/** What the dashboard does: the kind that is renamed, and how. */
const RENAMES: Readonly<Record<keyof Names, (sql: Sql) => Promise<unknown>>> = {
  environment: (sql) => sql`update environments_environment set name = 'live' where name = 'E'`,
  segment: (sql) => sql`update segments_segment set name = 'live' where name = 's'`,
  user: (sql) => sql`update users_ffadminuser set email = 'live@example.com'`,
};

for (const [what, rename] of Object.entries(RENAMES)) {
  for (const policy of ["skip", "update"]) {
    Deno.test(`${what}s that somebody renamed keep what is named by them (on_exists: ${policy})`, async () => {
      await withDatabase({}, async ({ sql, url }) => {
        await run(url, document(NAMES), "apply");
        await rename(sql);
        const before = await dumpTables(sql);
        const args = ["--on-exists", policy];
        assert.match(await run(url, document(NAMES), "plan", ...args), /^Nothing to do\.$/m);
        assert.match(
          await run(url, document(NAMES), "apply", ...args),
          /\(renamed to "live(@example\.com)?"\)\.\n(.*\n)*Provisioning complete: 0 created, \d+ skipped\.\n$/,
        );
        assert.deepEqual(await dumpTables(sql), before);
      });
    });
  }

  Deno.test(`${what}s that a file renames keep what is named by them, and what it adds to that`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      await run(url, document(NAMES), "apply");
      const before = await dumpTables(sql);
      const name = what === "user" ? "new@example.com" : "new";
      const from = NAMES[what as keyof Names];
      const wish = document({ ...NAMES, [what]: name }, { [what]: { renamed_from: from } });
      assert.match(await run(url, wish, "plan"), /\nPlan: 0 to create, 1 to update, \d+ to skip\.\n$/);
      assert.match(
        await run(url, wish, "apply"),
        /\nProvisioning complete: 0 created, 1 updated, \d+ skipped\.\n$/,
      );
      const after = await dumpTables(sql);
      for (const [table, rows] of before) {
        // A renamed environment or segment has one more history row, and the log one more event.
        if (/_historical(environment|segment)$|^provisioning_log$/.test(table)) continue;
        assert.equal(after.get(table)?.length, rows.length, table);
      }
      assert.equal(await run(url, wish, "plan"), "Nothing to do.\n");
      assert.match(await run(url, wish, "plan", "--on-exists", "update"), /^Nothing to do\.\n$/);
    });
  });
}

/** A project with everything below it, one of which has a credential that was rotated. */
const TREE = {
  organisations: [{ name: "O" }],
  projects: [{
    name: "A",
    organisation: "O",
    environments: [{ name: "E", rotate: "one" }],
    features: [{ name: "f" }, { name: "g" }],
  }],
};
const renamedTree = (name: string, from: string | undefined, more: unknown = {}) => ({
  version: "1.0",
  ...TREE,
  projects: [{ ...TREE.projects[0], name, ...(from === undefined ? {} : { renamed_from: from }) }],
  ...Object(more),
});

Deno.test("what stands below a renamed project is known to the log by its former addresses", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await run(url, { version: "1.0", ...TREE }, "apply");
    await sql`delete from features_featurestatevalue where feature_state_id in (select id from features_featurestate
      where feature_id = (select id from features_feature where name = 'g'))`;
    await sql`update features_feature set deleted_at = now() where name = 'g'`;
    const keys = async () =>
      (await sql`select api_key from environments_environment`).map((row) => ({ ...row }));
    const before = await keys();
    const leave = { defaults: { on_missing: "leave" } };
    const assertAllKnown = async (name: string) => {
      const wish = renamedTree(name, undefined, { defaults: { on_exists: "fail", on_missing: "leave" } });
      assert.match(await run(url, wish, "apply"), /\nProvisioning complete: 0 created, 5 skipped\.\n$/);
    };
    assert.equal(
      await run(url, renamedTree("B", "A", leave), "apply"),
      `Skipped organisation "O" (already exists).
Updated project "B": renamed from "A".
Skipped environment "E" in project "B" (already exists).
Skipped feature "f" in project "B" (already exists).
Skipped feature "g" in project "B" (was deleted, on_missing: leave).
Provisioning complete: 0 created, 1 updated, 4 skipped.
`,
    );
    assert.deepEqual(await keys(), before);
    await assertAllKnown("B");
    const status = await runCli(["status", "-f", "-", "--detailed-exitcode"], {
      databaseUrl: url,
      stdin: JSON.stringify(renamedTree("B", undefined, leave)),
    });
    assert.deepEqual(status, {
      code: 0,
      out: "Status: 4 in sync, 1 left alone.\n",
      err: "",
    });
    // Renamed once more.
    await run(url, renamedTree("C", "B", leave), "apply");
    assert.deepEqual(await keys(), before);
    await assertAllKnown("C");
    const torn = await runCli(["teardown", "--address", "environment:O/C/E", "--yes"], { databaseUrl: url });
    assert.equal(torn.code, 0, torn.err);
    assert.equal(
      torn.out,
      'Deleted environment "E" in project "A".\nTeardown complete: 1 deleted, 0 restored.\n',
    );
    assert.deepEqual([await keys()], [[]]);
  });
});
