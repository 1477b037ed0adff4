import assert from "node:assert/strict";
import postgres from "postgres";
import { startServer } from "./postgres_server.ts";

Deno.test("startServer() leaves no file and no process when it is stopped", async () => {
  const server = await startServer({ only: "embedded" });
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  const [row] =
    await sql`select current_setting('data_directory') as data, current_setting('port')::int as port`;
  await sql.end();
  assert(row !== undefined);
  await server.stop();
  await assert.rejects(Deno.stat(row["data"]), Deno.errors.NotFound);
  await assert.rejects(
    Deno.connect({ hostname: "127.0.0.1", port: row["port"] }),
    Deno.errors.ConnectionRefused,
  );
});

Deno.test("startServer() rejects at once when the given server does not answer", async () => {
  const databaseUrl = "postgres://postgres@127.0.0.1:1/postgres";
  await assert.rejects(startServer({ databaseUrl }), { code: "ECONNREFUSED" });
});

Deno.test("startServer() names each provider's reason and a hint when none works", async () => {
  await assert.rejects(startServer({ only: "url", databaseUrl: "" }), {
    message: "Cannot get a PostgreSQL server for the tests\n  url: TEST_DATABASE_URL is not set\n" +
      "  hint: Set TEST_DATABASE_URL to a server the tests may create databases on, or install PostgreSQL",
  });
});
