import assert from "node:assert/strict";
import postgres from "postgres";
import { createDatabase, withDatabase } from "./database.ts";
import { counters, diffDumps, dumpTables, sequences, xmins } from "./dump.ts";
import { sharedServer } from "./shared_server.ts";

async function exists(name: string): Promise<boolean> {
  const sql = postgres((await sharedServer()).url, { max: 1 });
  try {
    return (await sql`select 1 from pg_database where datname = ${name}`).length === 1;
  } finally {
    await sql.end();
  }
}

const insertTag =
  "insert into tags_tag (label, color, project_id, uuid, is_permanent, is_system_tag, type) " +
  "values ('a', '#fff', 1, '00000000-0000-4000-8000-000000000001', false, false, 'NONE')";

Deno.test("createDatabase() clones the schema and its rows when asked for a release", async () => {
  const database = await createDatabase();
  try {
    const dump = await dumpTables(database.sql);
    assert.equal(dump.size, 166);
    assert.equal(dump.get("django_migrations")?.length, 595);
    assert.deepEqual(dump.get("django_site"), [{ id: 1, domain: "example.com", name: "example.com" }]);
    assert.deepEqual(dump.get("organisations_organisation"), []);
  } finally {
    await database.drop();
  }
  assert.equal(await exists(database.name), false);
});

Deno.test("createDatabase() gives serial keys when the schema was upgraded from an old release", async () => {
  await withDatabase({ schema: "2.265.0-from-2.126.0" }, async ({ sql }) => {
    const rows = await sql`select column_default from information_schema.columns
      where table_name = 'features_feature' and column_name = 'id'`;
    assert.deepEqual(rows.map((row) => row["column_default"]), [
      "nextval('features_feature_id_seq'::regclass)",
    ]);
  });
});

Deno.test("createDatabase() gives no table when the schema is empty", async () => {
  await withDatabase({ schema: "empty" }, async ({ sql }) => assert.equal((await dumpTables(sql)).size, 0));
});

Deno.test("withDatabase() rejects and drops the database when the test left a connection open", async () => {
  let leaked: { readonly name: string; readonly client: postgres.Sql } | undefined;
  await assert.rejects(
    withDatabase({ schema: "empty" }, async ({ name, url }) => {
      const client = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: "leak" } });
      await client`select 1`;
      leaked = { name, client };
    }),
    /still has 1 connections: \d+ leak idle select 1/,
  );
  assert(leaked !== undefined);
  await leaked.client.end({ timeout: 0 });
  assert.equal(await exists(leaked.name), false);
});

Deno.test("withDatabase() passes the error of the test on when the test failed", async () => {
  const error = new Error("from the test");
  await assert.rejects(withDatabase({ schema: "empty" }, () => Promise.reject(error)), error);
});

Deno.test("diffDumps() names inserted, updated and deleted rows when a transaction made them", async () => {
  await withDatabase({}, async ({ sql }) => {
    const before = await dumpTables(sql);
    await sql`update django_site set domain = 'flags.example.com'`;
    await sql`delete from permissions_permissionmodel where key = 'VIEW_AUDIT_LOG'`;
    await sql`insert into auth_group (name) values ('a')`;
    const diff = diffDumps(before, await dumpTables(sql));
    assert.deepEqual([...diff.inserted], [["auth_group", [{ id: 1, name: "a" }]]]);
    assert.deepEqual([...diff.deleted], [[
      "permissions_permissionmodel",
      [{ key: "VIEW_AUDIT_LOG", description: "", type: "PROJECT" }],
    ]]);
    assert.deepEqual([...diff.updated], [["django_site", [{
      before: { id: 1, domain: "example.com", name: "example.com" },
      after: { id: 1, domain: "flags.example.com", name: "example.com" },
      columns: ["domain"],
    }]]]);
  });
});

Deno.test("counters(), sequences() and xmins() stand still when a transaction rolled back, save what PostgreSQL never takes back", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const before = {
      counters: await counters(sql),
      sequences: await sequences(sql),
      xmins: await xmins(sql),
    };
    const writer = postgres(url, { max: 1, onnotice: () => {} });
    const back = new Error("back");
    await assert.rejects(
      writer.begin(async (transaction) => {
        await transaction.unsafe(insertTag);
        throw back;
      }),
      back,
    );
    await writer.end();
    assert.deepEqual(await xmins(sql), before.xmins);
    assert.deepEqual((await sequences(sql)).get("tags_tag_id_seq"), { lastValue: "1", isCalled: true });
    assert.deepEqual(before.sequences.get("tags_tag_id_seq"), { lastValue: "1", isCalled: false });
    assert.equal(before.counters.get("tags_tag"), undefined);
  });
});

Deno.test("counters() counts what one session wrote when that session reads them", async () => {
  await withDatabase({}, async ({ url }) => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    const before = (await counters(sql)).get("auth_group");
    await sql`insert into auth_group (name) values ('a'), ('b')`;
    await sql`update auth_group set name = 'c' where name = 'a'`;
    await sql`delete from auth_group`;
    const after = (await counters(sql)).get("auth_group");
    await sql.end();
    assert.deepEqual([before, after], [undefined, { inserted: 2, updated: 1, deleted: 2 }]);
  });
});
