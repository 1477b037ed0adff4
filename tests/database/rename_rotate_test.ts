/** `renamed_from` and `rotate`: once, with everything that depends on the entity kept, and taken back exactly. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { diffDumps, type Dump, dumpTables } from "../support/dump.ts";
import { verifyPassword } from "../../src/flagsmith/password.ts";
import { applied } from "../support/given.ts";
import { quickHash } from "../support/password_hash.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

async function run(url: string, document: unknown, ...args: readonly string[]): Promise<CliResult> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  return await runCli(["apply", "-f", "-", ...args], { databaseUrl: url, stdin, io: { hash: quickHash } });
}

const BASE = {
  users: [{ email: "a@example.com", password: "first-password" }],
  organisations: [{
    name: "O",
    members: [{ email: "a@example.com" }],
    groups: [{ name: "G" }],
    master_api_keys: [{ name: "K" }],
  }],
  projects: [{
    name: "P",
    organisation: "O",
    tags: [{ label: "t" }],
    environments: [{ name: "E", server_side_environment_keys: [{ name: "S" }] }],
    segments: [{ name: "s", rules: [{ type: "ALL", conditions: [{ property: "p", operator: "IS_SET" }] }] }],
    features: [{ name: "f" }],
  }],
};

const GIVEN = applied([BASE]);

const RULES = [{ type: "ALL", conditions: [{ property: "p", operator: "IS_SET" }] }];

/** list, item with its new name, table, column, words, history rows. */
const RENAMES = [
  [
    "users",
    { email: "n@example.com", renamed_from: "A@example.com" },
    "users_ffadminuser",
    "email",
    'user "n@example.com"',
    "A@example.com",
  ],
  [
    "organisations",
    { name: "N", renamed_from: "O" },
    "organisations_organisation",
    "name",
    'organisation "N"',
    "O",
  ],
  [
    "groups",
    { name: "N", organisation: "O", renamed_from: "G" },
    "users_userpermissiongroup",
    "name",
    undefined,
    "G",
  ],
  [
    "master_api_keys",
    { name: "N", organisation: "O", renamed_from: "K" },
    "api_keys_masterapikey",
    "name",
    'master API key "N"',
    "K",
  ],
  [
    "projects",
    { name: "N", organisation: "O", renamed_from: "P" },
    "projects_project",
    "name",
    'project "N"',
    "P",
  ],
  ["tags", { label: "n", project: "P", renamed_from: "t" }, "tags_tag", "label", undefined, "t"],
  [
    "environments",
    { name: "N", project: "P", renamed_from: "E" },
    "environments_environment",
    "name",
    'environment "N" in project "P"',
    "E",
  ],
  [
    "segments",
    { name: "N", project: "P", renamed_from: "s", rules: RULES },
    "segments_segment",
    "name",
    'segment "N" in project "P"',
    "s",
  ],
  [
    "features",
    { name: "n", project: "P", renamed_from: "f" },
    "features_feature",
    "name",
    'feature "n" in project "P"',
    "f",
  ],
  [
    "server_side_environment_keys",
    { name: "N", project: "P", environment: "E", renamed_from: "S" },
    "environments_environmentapikey",
    "name",
    undefined,
    "S",
  ],
] as const;

function without(dump: Dump): Dump {
  return new Map([...dump].filter(([table]) => table !== "provisioning_log"));
}

/** What a database holds before anything was applied. */
let nothing: Promise<Dump> | undefined;

for (const [list, item, table, column, words, former] of RENAMES) {
  Deno.test(`renamed_from renames an entity of ${list} once, and a teardown gives the name back`, async () => {
    const empty = await (nothing ??= withDatabase({}, ({ sql }) => dumpTables(sql)));
    await withDatabase({ given: GIVEN }, async ({ sql, url }) => {
      const before = await dumpTables(sql);
      const done = await run(url, { [list]: [item] });
      assert.equal(done.code, 0, done.err);
      if (words !== undefined) {
        assert.equal(
          done.out,
          `Updated ${words}: renamed from "${former}".\nProvisioning complete: 0 created, 1 updated, 0 skipped.\n`,
        );
      }
      const after = await dumpTables(sql);
      const { updated, deleted } = diffDumps(without(before), without(after));
      assert.equal(deleted.size, 0);
      const changed = updated.get(table)?.map((row) => row.columns.filter((c) => c !== "updated_at"));
      assert.deepEqual(changed, [[column]]);
      assert.deepEqual(
        (await sql`select event, details from provisioning_log order by seq desc limit 1`)[0]?.["event"],
        "renamed",
      );
      const again = await run(url, { [list]: [item] });
      assert.match(again.out, /0 created, [01] skipped/);
      assert.deepEqual(await dumpTables(sql), after);
      const down = await runCli(["teardown", "--run", await lastRun(sql), "--yes"], { databaseUrl: url });
      assert.equal(down.code, 0, down.err);
      assertTornDown(before, await dumpTables(sql));
      assert.equal((await run(url, { [list]: [item] })).code, 0);
      const all = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
      assert.equal(all.code, 0, all.err);
      assertTornDown(empty, await dumpTables(sql));
    });
  });
}

async function lastRun(sql: Parameters<typeof dumpTables>[0]): Promise<string> {
  const [row] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
  return String(row?.["run_id"]);
}

Deno.test("renamed_from keeps what is below, also when the same run adds to it", async () => {
  await withDatabase({ given: GIVEN }, async ({ sql, url }) => {
    const document = {
      projects: [{
        name: "New",
        organisation: "O",
        renamed_from: "P",
        environments: [{ name: "E" }, { name: "F" }],
        features: [{ name: "f" }, { name: "g" }],
      }],
    };
    const done = await run(url, document);
    assert.deepEqual([done.out, done.err, done.code], [
      `Updated project "New": renamed from "P".
Skipped environment "E" in project "New" (already exists).
Created environment "F" in project "New".
Skipped feature "f" in project "New" (already exists).
Created feature "g" in project "New".
Provisioning complete: 2 created, 1 updated, 2 skipped.
`,
      "",
      0,
    ]);
    assert.deepEqual((await sql`select name from projects_project`).map((r) => r["name"]), ["New"]);
    const down = await runCli(["teardown", "--address", "project:O/New", "--yes"], { databaseUrl: url });
    assert.equal(down.code, 0, down.err);
    assert.equal((await sql`select from projects_project`).length, 0);
    assert.equal((await sql`select from environments_environment`).length, 0);
  });
});

Deno.test("rotate replaces a password once per text, whatever on_exists says", async () => {
  await withDatabase({ given: GIVEN }, async ({ sql, url }) => {
    const hash = async (): Promise<string> =>
      String((await sql`select password from users_ffadminuser`)[0]?.["password"]);
    const user = (rotate: string, password: string) => ({
      users: [{ email: "a@example.com", password, rotate }],
    });
    const first = await run(url, user("2026-01", "second-password"));
    assert.deepEqual([first.out, first.err], [
      'Updated user "a@example.com": password rotated.\nProvisioning complete: 0 created, 1 updated, 0 skipped.\n',
      "",
    ]);
    assert.ok(await verifyPassword("second-password", await hash()));
    const before = await dumpTables(sql);
    assert.match((await run(url, user("2026-01", "third-password"))).out, /0 created, 1 skipped/);
    assert.deepEqual(await dumpTables(sql), before);
    assert.match((await run(url, user("2026-02", "third-password"))).out, /1 updated/);
    assert.ok(await verifyPassword("third-password", await hash()));
    // An update in between forgets nothing.
    const named = { users: [{ email: "a@example.com", first_name: "Ada", on_exists: "update" }] };
    assert.match((await run(url, named)).out, /Updated user "a@example.com": first_name/);
    assert.match((await run(url, user("2026-02", "third-password"))).out, /0 created, 1 skipped/);
    const log = JSON.stringify(await sql`select rows, details from provisioning_log`);
    assert.ok(!log.includes("pbkdf2"), "The log holds a hash");
    const down = await runCli(["teardown", "--run", await lastRotation(sql), "--yes"], { databaseUrl: url });
    assert.equal(down.code, 0, down.err);
    assert.match(down.err, /users_ffadminuser.password keeps its value: the log holds no secrets/);
  });
});

async function lastRotation(sql: Parameters<typeof dumpTables>[0]): Promise<string> {
  const [row] =
    await sql`select run_id from provisioning_log where event = 'rotated' order by seq desc limit 1`;
  return String(row?.["run_id"]);
}

Deno.test("rotate gives a master API key another value and shows it once; the old one is deleted as the dashboard does", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const empty = await dumpTables(sql);
    await applyDocuments([BASE], { databaseUrl: url });
    const document = { master_api_keys: [{ name: "K", organisation: "O", rotate: "one" }] };
    const { out, err } = await run(url, document);
    const [, key = ""] = /^Rotated master API key "K": (\w{8}\.\w+)\n/.exec(out) ?? [];
    assert.notEqual(key, "", out);
    assert.equal(err, "");
    const rows =
      await sql`select prefix, hashed_key, deleted_at is not null as gone, id from api_keys_masterapikey order by created`;
    assert.deepEqual(rows.map((r) => r["gone"]), [true, false]);
    assert.ok(await verifyPassword(key, String(rows[1]?.["hashed_key"])));
    assert.ok(!JSON.stringify(await sql`select rows, details from provisioning_log`).includes("pbkdf2"));
    assert.match((await run(url, document)).out, /0 created, 1 skipped/);
    const down = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(down.code, 0, down.err);
    assertTornDown(empty, await dumpTables(sql));
  });
});

Deno.test("rotate replaces client-side and server-side keys by chosen or new ones", async () => {
  await withDatabase({ given: GIVEN }, async ({ sql, url }) => {
    const [before] =
      await sql`select e.api_key, k.key, e.updated_at from environments_environment e join environments_environmentapikey k on k.environment_id = e.id`;
    const document = (rotate: string, keys: object, own: object) => ({
      environments: [{
        name: "E",
        project: "P",
        rotate,
        ...keys,
        server_side_environment_keys: [{ name: "S", rotate, ...own }],
      }],
    });
    const done = await run(url, document("a", { api_key: "client" }, { key: "ser.server" }));
    assert.deepEqual([done.out, done.err], [
      'Updated environment "E" in project "P": key rotated, server-side environment keys (~1).\nProvisioning complete: 0 created, 1 updated, 0 skipped.\n',
      "",
    ]);
    const read = async () =>
      (await sql`select e.api_key, k.key from environments_environment e join environments_environmentapikey k on k.environment_id = e.id`)[
        0
      ];
    assert.deepEqual({ ...await read() }, { api_key: "client", key: "ser.server" });
    assert.ok(!JSON.stringify(await sql`select rows, details from provisioning_log`).includes("ser.server"));
    assert.equal((await run(url, document("b", {}, {}))).code, 0);
    const after = await read();
    assert.notEqual(after?.["api_key"], "client");
    assert.match(String(after?.["key"]), /^ser\./);
    assert.notEqual(after?.["api_key"], before?.["api_key"]);
    const taken = await run(url, {
      environments: [{ name: "F", project: "P", api_key: "other" }, {
        name: "E",
        project: "P",
        rotate: "c",
        api_key: "other",
      }],
    });
    assert.equal(taken.code, 1);
    assert.match(taken.err, /\[FP303\]/);
  });
});

Deno.test("renamed_from changes the case of a feature's name, once, and a teardown gives the old one back", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const document = (name: string, more: unknown = {}) => ({
      organisations: [{ name: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        environments: [{ name: "E" }],
        features: [{ name, ...Object(more) }],
      }],
    });
    const names = async () => (await sql`select name from features_feature`).map((row) => row["name"]);
    await applyDocuments([document("f1")], { databaseUrl: url });
    const wish = document("F1", { renamed_from: "f1" });
    const [first, second] = await applyDocuments([wish, wish], { databaseUrl: url });
    assert.match(first?.out ?? "", /^Updated feature "F1" in project "P": renamed from "f1"\.$/m);
    assert.match(second?.out ?? "", /\nProvisioning complete: 0 created, 4 skipped\.\n$/);
    assert.deepEqual(await names(), ["F1"]);
    const [last] = await sql`select run_id, event from provisioning_log order by seq desc limit 1`;
    assert.equal(last?.["event"], "renamed");
    const torn = await runCli(["teardown", "--run", String(last?.["run_id"]), "--yes"], { databaseUrl: url });
    assert.equal(torn.code, 0, torn.err);
    assert.deepEqual(await names(), ["f1"]);
  });
});

Deno.test("renamed_from warns while both names are live, and is silent once the rename is done", async () => {
  await withDatabase({}, async ({ url }) => {
    const document = (...features: readonly unknown[]) => ({
      organisations: [{ name: "O" }],
      projects: [{ name: "P", organisation: "O", features }],
    });
    const world = { databaseUrl: url };
    await applyDocuments([document({ name: "f1" }, { name: "f2" })], world);
    const both = document({ name: "f1", renamed_from: "f2" }, { name: "f2" });
    const left = await runCli(["apply", "-f", "-"], {
      ...world,
      stdin: JSON.stringify({ version: "1.0", ...both }),
    });
    assert.equal(left.code, 0);
    assert.deepEqual(
      left.err.split("\n").filter((line) => /warning|hint/.test(line)).map((line) =>
        line.replace(/^<stdin>:1:\d+: /, "")
      ),
      [
        'warning: Feature "f1" is not renamed: "f2" is live as well [FP350]',
        "  = hint: Declare the other one with a new name and renamed_from, too, or remove renamed_from",
      ],
    );
    // What was renamed by us may have a new namesake.
    await applyDocuments([document({ name: "g1", renamed_from: "f1" }, { name: "f2" })], world);
    const [, second] = await applyDocuments([
      document({ name: "f1", renamed_from: "f2" }),
      document({ name: "g1", renamed_from: "f1" }, { name: "f1" }),
    ], world);
    assert.equal(second?.err, "");
  });
});
