/**
 * SDKs with local evaluation are answered 304 while `updated_at` of their environment stays (`contract.md` 11): whatever is
 * part of the environment's document moves it, in environments that were there before and in no others.
 */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";

const SHOP = {
  organisations: [{ name: "O" }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Development" }, { name: "Production" }],
    features: [{ name: "checkout" }],
  }, { name: "Other", organisation: "O", environments: [{ name: "Untouched" }] }],
};
const CONDITION = { property: "plan", operator: "EQUAL", value: "pro" };
const SEGMENT = {
  name: "customers",
  project: "Web",
  rules: [{ type: "ALL", conditions: [CONDITION] }],
};

/** Name of each environment → whether its `updated_at` is that of its creation. */
async function asCreated(sql: Sql): Promise<Record<string, boolean>> {
  const rows = await sql`
    select name, updated_at < created_date as fresh from environments_environment order by id`;
  return Object.fromEntries(rows.map((row) => [String(row["name"]), row["fresh"] === true]));
}

function onShop(work: (database: TestDatabase) => Promise<void>): Promise<void> {
  return withDatabase({}, async (database) => {
    await applyDocuments([SHOP], { databaseUrl: database.url });
    assert.deepEqual(await asCreated(database.sql), { Development: true, Production: true, Untouched: true });
    await database.sql`insert into "environment-documents" (cache_key, value, expires)
      select ':1:' || api_key, name, now() from environments_environment`;
    await work(database);
  });
}

async function cached({ sql }: TestDatabase): Promise<readonly string[]> {
  return (await sql`select value from "environment-documents" order by value`).map((row) => row["value"]);
}

Deno.test("a new segment tells every environment of its project, and no other", async () => {
  await onShop(async (database) => {
    await applyDocuments([{ segments: [SEGMENT] }], { databaseUrl: database.url });
    assert.deepEqual(await asCreated(database.sql), {
      Development: false,
      Production: false,
      Untouched: true,
    });
    assert.deepEqual(await cached(database), ["Untouched"]);
  });
});

Deno.test("an environment that is made in the run is as it was made", async () => {
  await onShop(async (database) => {
    const environments = [{ name: "Staging", project: "Web" }];
    await applyDocuments([{ segments: [SEGMENT], environments }], { databaseUrl: database.url });
    assert.deepEqual(await asCreated(database.sql), {
      Development: false,
      Production: false,
      Untouched: true,
      Staging: true,
    });
  });
});

Deno.test("a rotated client key forgets the document that is cached under the one before", async () => {
  await onShop(async (database) => {
    const environments = [{ name: "Production", project: "Web", api_key: "chosen-key-2", rotate: "2026-11" }];
    await applyDocuments([{ environments }], { databaseUrl: database.url });
    assert.deepEqual(await cached(database), ["Development", "Untouched"]);
  });
});

Deno.test("a client key that teardown gives back forgets the document that is cached under the rotated one", async () => {
  await onShop(async (database) => {
    const { sql, url } = database;
    const environments = [{ name: "Production", project: "Web", api_key: "chosen-key-2", rotate: "2026-11" }];
    await applyDocuments([{ environments }], { databaseUrl: url });
    await sql`insert into "environment-documents" (cache_key, value, expires)
      values (':1:chosen-key-2', 'Rotated', now())`;
    const [run] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    const { code, err } = await runCli(["teardown", "--run", String(run?.["run_id"]), "--yes"], {
      databaseUrl: url,
    });
    assert.equal(code, 0, err);
    assert.deepEqual(await cached(database), ["Development", "Untouched"]);
  });
});
