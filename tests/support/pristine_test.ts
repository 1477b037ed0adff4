import assert from "node:assert/strict";
import postgres from "postgres";
import { createDatabase, type TestDatabase, withDatabase } from "./database.ts";
import { counters, dumpTables, sequences } from "./dump.ts";
import { schemaObjects } from "./kept_state.ts";
import { canRestore, lookAtTemplate, type Pristine, restorePristine } from "./pristine.ts";
import { applyDocuments, runCli } from "./run_cli.ts";

/** What a new database shows, looked at once. */
interface Fresh {
  /** Undefined up to PostgreSQL 14, where each test has a new clone. */
  readonly pristine: Pristine | undefined;
  readonly contents: unknown;
}

let looked: Promise<Fresh> | undefined;

function fresh(): Promise<Fresh> {
  return looked ??= withNew(async (database) => ({
    pristine: await canRestore(database.sql) ? await lookAtTemplate(database.sql) : undefined,
    contents: await contents(database),
  }));
}

async function withNew<T>(look: (database: TestDatabase) => Promise<T>): Promise<T> {
  const database = await createDatabase();
  try {
    return await look(database);
  } finally {
    await database.drop();
  }
}

/** Everything in a database that a test may look at. */
async function contents(database: TestDatabase): Promise<unknown> {
  return {
    rows: await dumpTables(database.sql),
    sequences: await sequences(database.sql),
    objects: await schemaObjects(database),
    counters: await counters(database.sql),
  };
}

/** Changes a database, restores it in a session of its own, and says whether that could be done. */
async function restores(
  database: TestDatabase,
  pristine: Pristine,
  change: (database: TestDatabase) => Promise<unknown>,
): Promise<boolean> {
  const session = () => postgres(database.url, { max: 1, onnotice: () => {} });
  const client = session();
  await change({ ...database, sql: client });
  await client.end();
  const after = session();
  const restored = await restorePristine(after, pristine);
  await after.end();
  return restored;
}

const ROWS: Readonly<Record<string, (database: TestDatabase) => Promise<unknown>>> = {
  "nothing happened": () => Promise.resolve(),
  "sets were applied, the domain and the log included": async ({ url }) => {
    await applyDocuments([{ app_domain: "flags.example.com" }], { databaseUrl: url });
    assert.equal((await runCli(["--directory", "tests/data/shop"], { databaseUrl: url })).code, 0);
  },
  "rows of the template were changed and deleted": async ({ sql }) => {
    await sql`update django_site set domain = 'x'`;
    await sql`delete from django_content_type where id % 2 = 0`;
    await sql`insert into permissions_permissionmodel (key, description, type) values ('X', '', 'PROJECT')`;
  },
  "ids were drawn and set": async ({ sql }) => {
    await sql`select nextval('tags_tag_id_seq'), setval('features_feature_id_seq', 7, false)`;
  },
  "an insert was rolled back": async ({ sql }) => {
    await assert.rejects(sql.begin(async (transaction) => {
      await transaction`insert into auth_group (name) values ('a')`;
      throw new Error("back");
    }));
  },
};

Deno.test("restorePristine() gives what the template holds, again and again", async (t) => {
  const { pristine, contents: expected } = await fresh();
  if (pristine === undefined) return;
  await withNew(async (database) => {
    for (const [what, change] of Object.entries(ROWS)) {
      await t.step(`when ${what}`, async () => {
        assert.equal(await restores(database, pristine, change), true);
        assert.deepEqual(await contents(database), expected);
      });
    }
  });
});

const OTHERS: readonly string[] = [
  "alter table tags_tag add column more text",
  "alter table tags_tag disable trigger all",
  "create function more() returns integer language sql as 'select 1'",
  "grant select on tags_tag to public",
  "comment on table tags_tag is 'more'",
  "alter sequence tags_tag_id_seq increment by 2",
  "truncate tags_tag restart identity cascade",
  "insert into auth_group (name) select n::text from generate_series(1, 100000) n",
  `do $$ begin execute format('alter database %I connection limit 5', current_database()); end $$`,
  `do $$ begin execute format('alter database %I set work_mem = 64', current_database()); end $$`,
];

for (const statement of OTHERS) {
  Deno.test(`restorePristine() gives a database up after: ${statement}`, async () => {
    const { pristine } = await fresh();
    if (pristine === undefined) return;
    await withNew(async (database) =>
      assert.equal(await restores(database, pristine, ({ sql }) => sql.unsafe(statement)), false)
    );
  });
}

Deno.test("withDatabase() gives a test nothing of what tests before it left", async () => {
  const { contents: expected } = await fresh();
  for (let round = 0; round < 3; round++) {
    await withDatabase({}, async (database) => {
      assert.deepEqual(await contents(database), expected);
      assert.equal((await runCli(["--preset", "bootstrap"], { databaseUrl: database.url })).code, 0);
    });
  }
});

Deno.test("withDatabase() prepares what several tests are given once, and gives each of them all of it", async () => {
  let prepared = 0;
  const given = {
    key: `pristine_test ${crypto.randomUUID()}`,
    prepare: async ({ url }: TestDatabase) => {
      prepared++;
      await applyDocuments([{ app_domain: "flags.example.com", organisations: [{ name: "O" }] }], {
        databaseUrl: url,
      });
    },
  };
  const found: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    await withDatabase({ given }, async (database) => {
      found.push(await contents(database));
      const { code, out } = await runCli(["teardown", "--all", "--yes"], { databaseUrl: database.url });
      assert.deepEqual([code, out.split("\n").length > 2], [0, true], out);
    });
  }
  assert.equal(prepared, 1);
  assert.deepEqual(found.slice(1), [found[0], found[0]]);
});
