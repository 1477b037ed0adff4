/** `adopt`: live entities that match the files, into the log and nowhere else. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { diffDumps, dumpTables } from "../support/dump.ts";
import { loadRecording } from "../support/recordings.ts";
import { replayRecording } from "../support/replay_recording.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { assertUntouched } from "../support/untouched.ts";

const SHOP = {
  users: [{ email: "ada@example.com", first_name: "Ada" }],
  organisations: [{ name: "O", members: [{ email: "ada@example.com", role: "ADMIN" }] }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Dev" }],
    features: [{ name: "f", initial_value: "one" }, { name: "g" }],
  }],
};

function adopt(url: string, document: unknown, ...args: readonly string[]): Promise<CliResult> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  return runCli(["adopt", "--file", "-", ...args], { databaseUrl: url, stdin });
}

/** An instance that somebody else filled. */
async function filled({ url, sql }: TestDatabase): Promise<void> {
  await applyDocuments([SHOP], { databaseUrl: url });
  await sql.unsafe("DROP TABLE provisioning_log");
}

const ADOPTED = `Adopted user "ada@example.com".
Adopted organisation "O".
Adopted member "ada@example.com" in organisation "O".
Adopted project "Web".
Adopted environment "Dev" in project "Web".
Adopted feature "f" in project "Web".
Adopted feature "g" in project "Web".
Adoption complete: 7 adopted, 0 left.
`;

Deno.test("adopt writes an event for each entity that matches and nothing else", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    await filled(database);
    const before = await dumpTables(sql);
    assert.deepEqual(await adopt(url, SHOP, "--dry-run"), {
      code: 0,
      out: ADOPTED.replaceAll("Adopted", "Would adopt").replace(
        /Adoption.*/,
        "Dry run: 7 to adopt, 0 to leave.",
      ),
      err: "",
    });
    assert.deepEqual(await dumpTables(sql), before);
    assert.deepEqual(await adopt(url, SHOP), { code: 0, out: ADOPTED, err: "" });
    const diff = diffDumps(before, await dumpTables(sql));
    assert.deepEqual([[...diff.inserted.keys()], diff.deleted, diff.updated], [
      ["provisioning_log"],
      new Map(),
      new Map(),
    ]);
    const events =
      await sql`select event, command, address, rows - 'own' as rows, rows #>> '{own,table}' as own, details from provisioning_log order by seq`;
    assert.deepEqual({ ...events[3] }, {
      event: "adopted",
      command: "adopt",
      address: "project:O/Web",
      rows: {},
      own: "projects_project",
      details: {},
    });
    assert.deepEqual(events.map((e) => e["event"]), Array(7).fill("adopted"));
    // From now on the log knows them.
    const again = await assertUntouched(database, () => adopt(url, SHOP, "--verbose"));
    assert.match(again.out, /^Left user "ada@example\.com" \(in the log already\)\.$/m);
    assert.match(again.out, /^Adoption complete: 0 adopted, 7 left\.$/m);
    const stdin = JSON.stringify({ version: "1.0", ...SHOP });
    const status = await runCli(["status", "-f", "-", "--detailed-exitcode"], { databaseUrl: url, stdin });
    assert.deepEqual(status, { code: 0, out: "Status: 7 in sync.\n", err: "" });
    await assertUntouched(
      database,
      () => runCli(["-f", "-", "--on-exists", "update"], { databaseUrl: url, stdin }),
    );
  });
});

Deno.test("adopt leaves what differs, what is not there and what is to be absent, and says which fields differ", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    await filled(database);
    const [web] = SHOP.projects;
    const wish = {
      ...SHOP,
      users: [{ email: "ada@example.com", first_name: "Eve", is_active: false }],
      projects: [{
        ...web,
        features: [{ name: "f", initial_value: "two" }, { name: "g", ensure: "absent" }, { name: "new" }],
      }],
    };
    assert.deepEqual(await adopt(url, wish), {
      code: 0,
      out: `Left user "ada@example.com" (differs from the files: first_name, is_active).
Adopted organisation "O".
Adopted member "ada@example.com" in organisation "O".
Adopted project "Web".
Adopted environment "Dev" in project "Web".
Left feature "f" in project "Web" (differs from the files: initial_value).
Left feature "new" in project "Web" (is not there).
Adoption complete: 4 adopted, 3 left.
`,
      err: "",
    });
    const addresses = await sql`select address from provisioning_log order by seq`;
    assert.deepEqual(addresses.map((row) => row["address"]), [
      "organisation:O",
      "member:O/ada@example.com",
      "project:O/Web",
      "environment:O/Web/Dev",
    ]);
    const json = JSON.parse((await adopt(url, wish, "--format", "json")).out);
    assert.deepEqual([json.summary, json.actions[0]], [
      { adopted: 0, differs: 2, missing: 1, logged: 4 },
      {
        action: "differs",
        kind: "user",
        name: "ada@example.com",
        address: "user:ada@example.com",
        changes: [
          { field: "first_name", from: "Ada", to: "Eve" },
          { field: "is_active", from: true, to: false },
        ],
      },
    ]);
  });
});

Deno.test("teardown leaves adopted entities, and takes back what was changed or made after the adoption", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    await filled(database);
    const before = await dumpTables(sql);
    assert.equal((await adopt(url, SHOP)).code, 0);
    const [web] = SHOP.projects;
    const later = {
      projects: [{
        ...web,
        on_exists: "update",
        settings: { hide_disabled_flags: true },
        features: [{ name: "f", initial_value: "two", on_exists: "update" }, { name: "new" }],
      }],
    };
    await applyDocuments([later], { databaseUrl: url });
    const done = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(done.code, 0, done.err);
    assertTornDown(before, await dumpTables(sql));
    const standing = await sql`select count(*)::int as n from provisioning_log where event = 'adopted'`;
    assert.equal(standing[0]?.["n"], 7);
    // What was adopted is forgotten by the teardown and can be adopted again.
    assert.match((await adopt(url, SHOP)).out, /^Adoption complete: 7 adopted, 0 left\.$/m);
  });
});

Deno.test("adopt finds what the application wrote", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await replayRecording(sql, await loadRecording("bootstrap"));
    const before = await dumpTables(sql);
    const { code, out, err } = await runCli(["adopt", "--preset", "bootstrap"], { databaseUrl: url });
    assert.equal(code, 0, err);
    assert.equal(
      out,
      `Adopted user "admin@example.com".
Adopted organisation "Default Organisation".
Adopted member "admin@example.com" in organisation "Default Organisation".
Adopted project "Default Project".
Adoption complete: 4 adopted, 0 left.
`,
    );
    assert.equal((await runCli(["teardown", "--all", "--yes"], { databaseUrl: url })).code, 0);
    assertTornDown(before, await dumpTables(sql));
  });
});

Deno.test("adopt warns of fields that nobody compared, and --strict refuses them", async () => {
  await withDatabase({}, async (database) => {
    const { url } = database;
    await filled(database);
    const wish = { users: [{ email: "ada@example.com", password: "hunter2-hunter2" }] };
    const strict = await assertUntouched(database, () => adopt(url, wish, "--strict"));
    assert.equal(strict.code, 1);
    const { code, out, err } = await adopt(url, wish);
    assert.deepEqual([code, out], [
      0,
      'Adopted user "ada@example.com".\nAdoption complete: 1 adopted, 0 left.\n',
    ]);
    assert.match(
      err,
      /warning: User "ada@example\.com" exists; the "password" of a live user is not compared \[FP350\]/,
    );
    assert.ok(!err.includes("hunter2"), err);
  });
});
