/** The shipped `bootstrap` set against the recordings of Flagsmith's own bootstrap command. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { counters, diffDumps, dumpTables, sequences } from "../support/dump.ts";
import { loadRecording } from "../support/recordings.ts";
import { replayRecording } from "../support/replay_recording.ts";
import { runCli } from "../support/run_cli.ts";

const SECRET_KEY = "a key of this test";
const CUSTOM = {
  ADMIN_EMAIL: "Owner@example.org",
  ORGANISATION_NAME: "Custom Org",
  PROJECT_NAME: "Custom Project",
};

for (const [name, env] of [["bootstrap", {}], ["bootstrap.custom", CUSTOM]] as const) {
  Deno.test(`apply --preset bootstrap writes the rows of ${name}`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      const recording = await loadRecording(name);
      const before = await dumpTables(sql);
      const { code, out } = await runCli(["apply", "--preset", "bootstrap"], { databaseUrl: url, env });
      assert.equal(code, 0, out);
      const run = { before, after: await dumpTables(sql) };
      // The set carries the draft's app_domain line, which Flagsmith's command has no counterpart of.
      assert.equal(formatDifferences(compareRecording(recording, run, { exclude: ["django_site"] })), "");
    });
  });
}

/** The recipe of `contract.md` 3.5, written independently of the code under test. */
function isValidLink(link: string, user: { id: number; password: string; email: string }): boolean {
  const [, uid = "", stamp = "", hash = ""] =
    /^http:\/\/localhost:8000\/password-reset\/confirm\/([^/]+)\/([0-9a-z]+)-([0-9a-f]{32})$/.exec(link) ??
      [];
  if (Buffer.from(uid, "base64url").toString() !== String(user.id)) return false;
  const seconds = parseInt(stamp, 36);
  const age = Date.now() / 1000 - Date.UTC(2001, 0, 1) / 1000 - seconds;
  if (!(age >= -1 && age < 60)) return false;
  const key = createHash("sha256").update(
    `django.contrib.auth.tokens.PasswordResetTokenGenerator${SECRET_KEY}`,
  ).digest();
  const full = createHmac("sha256", key).update(`${user.id}${user.password}${seconds}${user.email}`).digest(
    "hex",
  );
  return [...full].filter((_, at) => at % 2 === 0).join("") === hash;
}

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
    assert.ok(user !== undefined && isValidLink(link, user), link);
    assert.equal(isValidLink(link.replace(/.$/, (c) => (c === "0" ? "1" : "0")), user), false);
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
