/** What the shipped `bootstrap` set prints, and when it leaves an instance alone; its rows are compared in `sets_test.ts`. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { counters, diffDumps, dumpTables, sequences } from "../support/dump.ts";
import { loadRecording } from "../support/recordings.ts";
import { isAcceptedLink } from "../support/reset_link_check.ts";
import { replayRecording } from "../support/replay_recording.ts";
import { runCli } from "../support/run_cli.ts";

const SECRET_KEY = "a key of this test";
Deno.test("apply --preset bootstrap prints its lines and a reset link that Flagsmith accepts", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const { code, out, err } = await runCli(["--preset", "bootstrap"], {
      databaseUrl: url,
      env: { DJANGO_SECRET_KEY: SECRET_KEY },
    });
    assert.equal(code, 0);
    const link = /choose a password: (\S+)/.exec(out)?.[1] ?? "";
    assert.equal(
      out,
      `Created user "admin@example.com".
Please go to the following page and choose a password: ${link}
Created organisation "Default Organisation".
Created project "Default Project".
Provisioning complete: 3 created, 0 skipped.
`,
    );
    assert.equal(err, 'note: The domain of this instance is now "localhost:8000".\n');
    const [user] = await sql<
      { id: number; password: string; email: string }[]
    >`select id, password, email from users_ffadminuser`;
    assert.ok(user !== undefined);
    const facts = { secretKey: SECRET_KEY, origin: "http://localhost:8000", user };
    assert.ok(isAcceptedLink(link, facts), link);
    assert.ok(!isAcceptedLink(link.replace(/.$/, (c) => (c === "0" ? "1" : "0")), facts));
  });
});

async function assertLeftAlone({ sql, url }: TestDatabase): Promise<string> {
  const state = async () => ({
    rows: await dumpTables(sql),
    counters: await counters(sql),
    sequences: await sequences(sql),
  });
  const before = await state();
  const { code, out, err } = await runCli(["--preset", "bootstrap"], { databaseUrl: url });
  assert.equal(code, 0, err);
  const after = await state();
  assert.deepEqual(diffDumps(before.rows, after.rows), {
    inserted: new Map(),
    updated: new Map(),
    deleted: new Map(),
  });
  assert.deepEqual(after.counters, before.counters);
  assert.deepEqual(after.sequences, before.sequences);
  return out;
}

Deno.test("apply --preset bootstrap writes nothing into a database that is in use", async () => {
  await withDatabase({}, async (database) => {
    await replayRecording(database.sql, await loadRecording("e2e"));
    assert.equal(
      await assertLeftAlone(database),
      `Skipped user "admin@example.com" (users exist already).
Skipped organisation "Default Organisation" (organisations exist already).
Skipped project "Default Project" (its organisation "Default Organisation" does not exist).
Provisioning complete: 0 created, 3 skipped.
`,
    );
  });
});

Deno.test("apply --preset bootstrap writes nothing after Flagsmith's own bootstrap", async () => {
  await withDatabase({}, async (database) => {
    await replayRecording(database.sql, await loadRecording("bootstrap"));
    assert.equal(
      await assertLeftAlone(database),
      `Skipped user "admin@example.com" (already exists).
Skipped organisation "Default Organisation" (already exists).
Skipped project "Default Project" (already exists).
Provisioning complete: 0 created, 3 skipped.
`,
    );
  });
});

Deno.test("apply --preset bootstrap writes nothing when a member or the project was renamed or removed by hand", async () => {
  await withDatabase({}, async (database) => {
    await runCli(["--preset", "bootstrap"], { databaseUrl: database.url });
    await database.sql`delete from organisations_userorganisation`;
    await database.sql`update projects_project set name = 'Mine'`;
    assert.match(
      await assertLeftAlone(database),
      /Skipped project "Default Project" \(renamed to "Mine"\)\./,
    );
  });
});

Deno.test("apply --preset bootstrap follows a changed APP_DOMAIN while the domain is still the one it wrote", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const run = (domain: string) =>
      runCli(["--preset", "bootstrap"], { databaseUrl: url, env: { APP_DOMAIN: domain } });
    const domain = async () => (await sql`select domain from django_site where id = 1`)[0]?.["domain"];
    await run("one.example.com");
    await run("two.example.com");
    assert.equal(await domain(), "two.example.com");
    await sql`update django_site set domain = 'by-hand.example.com'`;
    await run("three.example.com");
    assert.equal(await domain(), "by-hand.example.com");
  });
});
