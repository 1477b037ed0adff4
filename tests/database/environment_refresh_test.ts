/**
 * SDKs with local evaluation are answered 304 while `updated_at` of their environment stays
 * (`docs/flagsmith/caches.md#environment-document`): whatever is part of the environment's document moves it, in
 * environments that were there before and in no others.
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

/** Name of each environment → the second that `Last-Modified` of its document shows. */
async function lastModified({ sql }: TestDatabase): Promise<ReadonlyMap<string, number>> {
  const rows = await sql`select name, floor(extract(epoch from updated_at))::float8 as second
    from environments_environment order by id`;
  return new Map(rows.map((row) => [String(row["name"]), Number(row["second"])]));
}

async function cached({ sql }: TestDatabase): Promise<readonly string[]> {
  return (await sql`select value from "environment-documents" order by value`).map((row) => row["value"]);
}

Deno.test("a new segment touches every environment of its project, and no other", async () => {
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

Deno.test("an environment created by the run keeps the time of its creation", async () => {
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

Deno.test("rotating a client key drops the document cached under the previous key", async () => {
  await onShop(async (database) => {
    const environments = [{ name: "Production", project: "Web", api_key: "chosen-key-2", rotate: "2026-11" }];
    await applyDocuments([{ environments }], { databaseUrl: database.url });
    assert.deepEqual(await cached(database), ["Development", "Untouched"]);
  });
});

Deno.test("restoring a client key by teardown drops the document cached under the rotated key", async () => {
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

for (
  const { name, before } of [
    { name: "within the second of the one before", before: "clock_timestamp()" },
    {
      name: "before the time of an application whose clock is ahead",
      before: "now() + interval '7 seconds'",
    },
  ]
) {
  Deno.test(`a change ${name} has a later Last-Modified, whose resolution is a second`, async () => {
    await onShop(async (database) => {
      const { sql, url } = database;
      const commands = {
        apply: () => applyDocuments([{ segments: [SEGMENT] }], { databaseUrl: url }),
        update: () =>
          applyDocuments([{
            segments: [{
              ...SEGMENT,
              on_exists: "update",
              rules: [{ type: "ALL", conditions: [{ ...CONDITION, value: "max" }] }],
            }],
          }], { databaseUrl: url }),
        teardown: async () => {
          const [row] = await sql`select address from provisioning_log where kind = 'segment' limit 1`;
          const { code, err } = await runCli(["teardown", "--address", String(row?.["address"]), "--yes"], {
            databaseUrl: url,
          });
          assert.equal(code, 0, err);
        },
      };
      for (const [command, run] of Object.entries(commands)) {
        await sql.unsafe(`update environments_environment set updated_at = ${before}`);
        const polled = await lastModified(database);
        await run();
        const after = await lastModified(database);
        for (const environment of ["Development", "Production"]) {
          assert.ok(
            (after.get(environment) ?? 0) > (polled.get(environment) ?? Infinity),
            `${command}: ${environment} is answered 304`,
          );
        }
        assert.equal(after.get("Untouched"), polled.get("Untouched"));
      }
    });
  });
}

Deno.test("a change that waited for another one has a later time", async () => {
  await onShop(async (database) => {
    const { sql, url } = database;
    let applying: Promise<unknown> = Promise.resolve();
    let polled = Infinity;
    // The run has read the clock when it comes to the environment's row, which the API changes meanwhile.
    await sql.begin(async (other) => {
      await other`select 1 from environments_environment where name = 'Production' for update`;
      applying = applyDocuments([{ segments: [SEGMENT] }], { databaseUrl: url });
      let ended = false;
      applying.then(() => ended = true, () => ended = true);
      while (
        !ended && (await other`select 1 from pg_locks where not granted`).length === 0
      ) { /* not yet there */ }
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const [row] = await other`update environments_environment set updated_at = clock_timestamp()
        where name = 'Production' returning floor(extract(epoch from updated_at))::float8 as second`;
      polled = Number(row?.["second"]);
    });
    await applying;
    assert.ok(((await lastModified(database)).get("Production") ?? 0) > polled);
  });
});
