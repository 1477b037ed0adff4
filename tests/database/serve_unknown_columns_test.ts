/** `serve` on a release that the program does not know: columns that must be filled, and rows that refer to what a reset removes. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { requestReset, type Serving, startServing } from "../support/serving.ts";

const STDIN = JSON.stringify({
  version: "1.0",
  users: [{ email: "a@example.com" }],
  organisations: [{ name: "Acme", members: [{ email: "a@example.com", role: "ADMIN" }] }],
});

async function serving(
  database: TestDatabase,
  args: readonly string[],
  test: (server: Serving) => Promise<void>,
): Promise<void> {
  const server = await startServing(["--file", "-", ...args], { stdin: STDIN, databaseUrl: database.url });
  try {
    await test(server);
  } finally {
    await server.stop();
  }
}

/** Status and code of the error of one reset. */
async function reset({ port }: Serving): Promise<readonly [status: number, code: string | undefined]> {
  const { status, body } = await requestReset(port);
  return [status, /"(FP\d+)"/.exec(body)?.[1]];
}

Deno.test("serve resets a database with a required column that it does not know by --column-default and --column-defaults", async () => {
  await withDatabase({ schema: "2.274.0" }, async (database) => {
    const { sql } = database;
    await sql`alter table organisations_organisation add column rank smallint default 7 not null`;
    await sql`alter table organisations_organisation alter column rank drop default`;
    const ranks = async (): Promise<readonly unknown[]> =>
      (await sql`select name, rank from organisations_organisation`).map((row) => [row["name"], row["rank"]]);
    await serving(database, [], async (server) => {
      assert.deepEqual(await reset(server), [500, "FP421"]);
      assert.deepEqual(await ranks(), []);
    });
    await serving(database, ["--column-default", "organisations_organisation.rank=3"], async (server) => {
      for (let times = 0; times < 3; times++) {
        assert.deepEqual(await reset(server), [204, undefined]);
        assert.deepEqual(await ranks(), [["Acme", 3]]);
      }
      const told = server.said().err.match(/^note: New rows fill .*$/gm);
      assert.deepEqual(told, [
        "note: New rows fill a column that this release does not know: organisations_organisation.rank = 3 (--column-default).",
      ]);
    });
    const file = await Deno.makeTempFile({ suffix: ".json" });
    try {
      await Deno.writeTextFile(
        file,
        JSON.stringify({ release: "2.280.0", columns: { "organisations_organisation.rank": 9 } }),
      );
      await serving(database, ["--column-defaults", file], async (server) => {
        assert.deepEqual(await reset(server), [204, undefined]);
        assert.deepEqual(await ranks(), [["Acme", 9]]);
      });
    } finally {
      await Deno.remove(file);
    }
  });
});

Deno.test("serve keeps or removes rows of an unknown table by --unlink and --cascade-through", async () => {
  await withDatabase({ schema: "2.274.0" }, async (database) => {
    const { sql } = database;
    await sql`create table device_grant (id integer primary key, user_id integer references users_ffadminuser (id))`;
    const refer = async (id: number): Promise<void> =>
      void await sql`insert into device_grant select ${id}, id from users_ffadminuser`;
    const grants = async (): Promise<readonly unknown[]> =>
      (await sql`select id, user_id from device_grant order by id`).map((row) => [row["id"], row["user_id"]]);
    await serving(database, [], async (server) => {
      assert.deepEqual(await reset(server), [204, undefined]);
      await refer(1);
      assert.deepEqual(await reset(server), [500, "FP424"]);
    });
    await serving(database, ["--unlink", "device_grant.user_id"], async (server) => {
      assert.deepEqual(await reset(server), [204, undefined]);
      assert.deepEqual(await grants(), [[1, null]]);
      await refer(2);
      assert.deepEqual(await reset(server), [204, undefined]);
      assert.deepEqual(await grants(), [[1, null], [2, null]]);
      await refer(3);
    });
    await serving(database, ["--cascade-through", "device_grant.user_id"], async (server) => {
      assert.deepEqual(await reset(server), [204, undefined]);
      assert.deepEqual(await grants(), [[1, null], [2, null]]);
    });
  });
});
