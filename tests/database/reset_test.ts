/** `reset`: what the files own is removed and created again in one transaction. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { loadRecording } from "../support/recordings.ts";
import { normalDump } from "../support/normal_dump.ts";
import { quickHash } from "../support/password_hash.ts";
import { isFull } from "../support/property.ts";
import { replayRecording } from "../support/replay_recording.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

async function run(
  url: string,
  document: unknown,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  return await runCli([...args, "--file", "-"], { databaseUrl: url, stdin, env, io: { hash: quickHash } });
}

const SHOP = {
  users: [{ email: "a@example.com" }],
  organisations: [{ name: "O", members: [{ email: "a@example.com", role: "ADMIN" }] }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{ name: "E", api_key: "chosen-key" }, { name: "F" }],
    features: [{ name: "f", initial_value: "1" }],
  }],
};

/** Counts of rows by table, without the log. */
function sizes(dump: Dump): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...dump].filter(([table]) => table !== "provisioning_log").map(([table, rows]) => [table, rows.length]),
  );
}

/** Rows without what chance and sequences give. */
function content(dump: Dump): unknown {
  return [...normalDump(new Map([...dump].filter(([table]) => table !== "provisioning_log")))].map((
    [table, rows],
  ) => [
    table,
    rows.map((row) =>
      row.replaceAll(/\b(\w*id|feature_state|priority)=\d+/g, "$1=<id>").replaceAll(/<time \d+>/g, "<time>")
    ),
  ]);
}

Deno.test("reset brings back what was changed and takes what others created below, with the ids of chosen keys", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const first = await run(url, SHOP, ["apply"]);
    assert.equal(first.code, 0, first.err);
    const before = await dumpTables(sql);
    const [kept] = await sql`select id from environments_environment where api_key = 'chosen-key'`;
    await sql`update features_feature set initial_value = 'edited', default_enabled = true`;
    const [other] =
      await sql`insert into environments_identity (identifier, created_date, environment_id, system_traits)
      values ('someone', now(), ${kept?.["id"]}, '{}') returning id`;
    const again = await run(url, SHOP, ["reset"]);
    assert.deepEqual(again, {
      code: 0,
      out: first.out.replace("Provisioning complete", "Provisioning complete"),
      err:
        "note: DJANGO_SECRET_KEY is not set, so no password-reset link could be made; with it, flagsmith-provision reset-link EMAIL makes one.\n"
          .slice(0, first.err.length),
    });
    const after = await dumpTables(sql);
    assert.deepEqual(content(after), content(before));
    const [now] = await sql`select id from environments_environment where api_key = 'chosen-key'`;
    assert.equal(now?.["id"], kept?.["id"]);
    assert.equal((await sql`select from environments_identity where id = ${other?.["id"]}`).length, 0);
  });
});

Deno.test("reset says what goes for good, and with --verbose all that went", async () => {
  await withDatabase({}, async ({ url }) => {
    assert.equal((await run(url, SHOP, ["apply"])).code, 0);
    const smaller = {
      organisations: [{ name: "O" }],
      users: [{ email: "a@example.com", ensure: "absent" }],
    };
    const dry = await run(url, smaller, ["reset", "--dry-run"]);
    assert.deepEqual(dry, {
      code: 0,
      out: `Would delete feature "f" in project "P".
Would delete environment "F" in project "P".
Would delete environment "E" in project "P".
Would delete project "P" in organisation "O".
Would delete user "a@example.com".
Would create organisation "O".
Dry run: 1 to create, 5 to delete, 0 to skip.
`,
      err: "",
    });
    const done = await run(url, smaller, ["reset", "--verbose"]);
    assert.equal(
      done.out,
      `Deleted feature "f" in project "P".
Deleted environment "F" in project "P".
Deleted environment "E" in project "P".
Deleted project "P" in organisation "O".
Deleted member "a@example.com" in organisation "O".
Deleted organisation "O".
Deleted user "a@example.com".
Created organisation "O".
Provisioning complete: 1 created, 5 deleted, 0 skipped.
`,
    );
  });
});

const MANY = isFull() ? 50 : 10;

Deno.test(`${MANY} resets leave one right state and one set of rows`, async () => {
  await withDatabase({}, async ({ sql, url }) => {
    assert.equal((await run(url, SHOP, ["apply"])).code, 0);
    const before = await dumpTables(sql);
    for (let cycle = 0; cycle < MANY; cycle++) {
      const { code, err } = await run(url, SHOP, ["reset", "--quiet"]);
      assert.equal(code, 0, err);
    }
    const after = await dumpTables(sql);
    assert.deepEqual(sizes(after), sizes(before));
    assert.deepEqual(content(after), content(before));
    const down = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(down.code, 0, down.err);
    assert.equal((await sql`select from organisations_organisation`).length, 0);
  });
});

const E2E = JSON.parse(
  await Deno.readTextFile(new URL("../data/recordings/e2e.input.json", import.meta.url)),
);
const MERGED = Object.assign({}, ...E2E.documents);

Deno.test("reset --take-over replaces what the application's own E2E seed made, and keeps the key's environment", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const fresh = await withDatabase({}, async (other) => {
      assert.equal((await run(other.url, MERGED, ["apply"])).code, 0);
      return await dumpTables(other.sql);
    });
    await replayRecording(sql, await loadRecording("e2e"));
    const [key] = await sql`select id, api_key from environments_environment order by id`;
    const without = await run(url, MERGED, ["reset"]);
    assert.equal(without.code, 0, without.err);
    assert.equal(
      (await sql`select from organisations_organisation`).length,
      3,
      "Others' entities are skipped",
    );
    const taken = await run(url, { ...MERGED, reset: { take_over: true } }, ["reset"]);
    assert.equal(taken.code, 0, taken.err);
    const after = await dumpTables(sql);
    assert.deepEqual(sizes(after), sizes(fresh));
    const again = await run(url, MERGED, ["reset", "--take-over"]);
    assert.equal(again.code, 0, again.err);
    assert.deepEqual(sizes(await dumpTables(sql)), sizes(fresh));
    const ids = await sql`select id from environments_environment where api_key = ${key?.["api_key"]}`;
    assert.ok(ids.length === 0 || ids[0]?.["id"] === key?.["id"]);
  });
});

Deno.test("reset --flush empties every table of the application and leaves what migrations wrote", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const migrated = await dumpTables(sql);
    await replayRecording(sql, await loadRecording("dev"));
    const used = await dumpTables(sql);
    const refused = await run(url, SHOP, ["reset", "--flush", "--yes"]);
    assert.deepEqual(refused, {
      code: 64,
      out: "",
      err:
        "error: --flush needs ENABLE_LOCAL_DATABASE_RESET=true [FP429]\n   = hint: It empties every table of the application, whoever filled it. Nothing was changed\n",
    });
    const env = { ENABLE_LOCAL_DATABASE_RESET: "true" };
    const unconfirmed = await run(url, SHOP, ["reset", "--flush"], env);
    assert.equal(unconfirmed.code, 64);
    assert.match(unconfirmed.err, /\[FP427\]/);
    assert.deepEqual(await dumpTables(sql), used);
    const done = await run(url, {}, ["reset", "--flush", "--yes"], env);
    assert.deepEqual(done, {
      code: 0,
      out: "Emptied all tables.\nProvisioning complete: 0 created, 0 skipped.\n",
      err: "",
    });
    const { provisioning_log: _log, ...rest } = Object.fromEntries(await dumpTables(sql));
    assert.deepEqual(rest, Object.fromEntries(migrated));
    const seeded = await run(url, SHOP, ["reset", "--flush", "--yes"], env);
    assert.equal(seeded.code, 0, seeded.err);
    assert.equal((await sql`select from organisations_organisation`).length, 1);
  });
});

Deno.test("reset refuses on a protected instance and changes nothing", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    assert.equal((await run(url, SHOP, ["apply"])).code, 0);
    const before = sizes(await dumpTables(sql));
    const { code, out, err } = await run(url, SHOP, ["reset"], { FLAGSMITH_PROVISION_PROTECT: "true" });
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /\[FP426\]/);
    assert.deepEqual(sizes(await dumpTables(sql)), before);
  });
});
