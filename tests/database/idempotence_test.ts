/** Applying the same files again: nothing is written, whatever the policy, and a dry run changes no table. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables, xmins } from "../support/dump.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

const SHOP = ["--directory", "tests/data/shop"];

const SKIPPED = `Skipped user "Admin@example.com" (already exists).
Skipped user "dev@example.com" (already exists).
Skipped organisation "Acme, Inc." (already exists).
Skipped project "Web Shop" (already exists).
Skipped environment "Development" in project "Web Shop" (already exists).
Skipped environment "Production" in project "Web Shop" (already exists).
Skipped environment "Staging" in project "Web Shop" (already exists).
Skipped segment "every operator" in project "Web Shop" (already exists).
Skipped segment "nested" in project "Web Shop" (already exists).
Skipped feature "agent" in project "Web Shop" (already exists).
Skipped feature "api_url" in project "Web Shop" (already exists).
Skipped feature "banner" in project "Web Shop" (already exists).
Skipped feature "dark_mode" in project "Web Shop" (already exists).
Skipped feature "items_per_page" in project "Web Shop" (already exists).
Skipped feature "motto" in project "Web Shop" (already exists).
Provisioning complete: 0 created, 15 skipped.
`;

async function run(database: TestDatabase, args: readonly string[]): Promise<CliResult> {
  const result = await runCli(args, { databaseUrl: database.url });
  assert.equal(result.code, 0, result.err);
  return result;
}

for (const policy of ["skip", "update", "fail"]) {
  Deno.test(`apply() writes nothing the second time under on_exists: ${policy}`, async () => {
    await withDatabase({}, async (database) => {
      const args = [...SHOP, "--on-exists", policy];
      await run(database, args);
      for (const more of [[], ["--dry-run"]]) {
        const { out, err } = await assertUntouched(database, () => run(database, [...args, ...more]));
        assert.equal(
          out,
          more.length === 0 ? SKIPPED : SKIPPED.replaceAll("Skipped", "Would skip")
            .replace(/Provisioning.*/, "Dry run: 0 to create, 15 to skip."),
        );
        assert.equal(err, "");
      }
    });
  });
}

Deno.test("apply() writes nothing the second time when keys go to an outputs file", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await withDatabase({}, async (database) => {
      const path = `${directory}/keys.json`;
      await run(database, [...SHOP, "--outputs", path]);
      const first = await Deno.readTextFile(path);
      const { out } = await assertUntouched(database, () => run(database, [...SHOP, "--outputs", path]));
      assert.equal(out, SKIPPED);
      assert.equal(await Deno.readTextFile(path), first);
      const [keys] = await database.sql<{ keys: string[] }[]>`
        select array_agg(api_key order by name) as keys from environments_environment`;
      assert.equal(keys?.keys.length, 3);
      for (const key of keys?.keys ?? []) assert.ok(first.includes(key), first);
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("apply() writes nothing the second time for the bootstrap set", async () => {
  await withDatabase({}, async (database) => {
    const args = ["--preset", "bootstrap", "--on-exists", "update"];
    await run(database, ["--preset", "bootstrap"]);
    for (const again of [["--preset", "bootstrap"], args]) {
      const { out } = await assertUntouched(database, () => run(database, again));
      assert.equal(
        out,
        `Skipped user "admin@example.com" (already exists).
Skipped organisation "Default Organisation" (already exists).
Skipped project "Default Project" (already exists).
Provisioning complete: 0 created, 3 skipped.
`,
      );
    }
  });
});

Deno.test("apply --dry-run changes no row, and the run after it creates what it announced", async () => {
  await withDatabase({}, async (database) => {
    const before = { rows: await dumpTables(database.sql), versions: await xmins(database.sql) };
    const dry = await run(database, [...SHOP, "--dry-run"]);
    assert.deepEqual({ rows: await dumpTables(database.sql), versions: await xmins(database.sql) }, before);
    const wet = await run(database, SHOP);
    assert.equal(
      wet.out.replaceAll("Created", "Would create")
        .replace(/Provisioning.*/, "Dry run: 15 to create, 0 to skip."),
      dry.out,
    );
    const { out } = await assertUntouched(database, () => run(database, SHOP));
    assert.equal(out, SKIPPED);
  });
});
