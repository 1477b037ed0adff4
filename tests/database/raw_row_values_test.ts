/** Values of `rows` arrive whole, or the item is refused: odd types, generated columns, triggers. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

async function run(url: string, rows: readonly object[], ...args: readonly string[]): Promise<CliResult> {
  const stdin = JSON.stringify({ version: "1.0", defaults: { on_exists: "update" }, rows });
  return await runCli([...args, "--file", "-"], { databaseUrl: url, stdin });
}

/** Applies an item, which must be in the database afterwards as it was declared, so that a second run has nothing to do. */
async function arrives({ url }: TestDatabase, row: object): Promise<void> {
  const first = await run(url, [row], "apply");
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /1 created, 0 skipped/);
  const second = await run(url, [row], "apply");
  assert.match(second.out, /0 created, 1 skipped/);
}

/** Applies an item, which must be refused with nothing written, and gives what was said. */
async function refused({ sql, url }: TestDatabase, row: object): Promise<string> {
  const before = [...await dumpTables(sql)].filter(([table]) => table !== "provisioning_log");
  const { code, err } = await run(url, [row], "apply");
  assert.equal(code, 1, err);
  assert.deepEqual([...await dumpTables(sql)].filter(([table]) => table !== "provisioning_log"), before);
  return err.split("\n")[0] ?? "";
}

const TYPES: readonly (readonly [type: string, fits: string, lost: string])[] = [
  ["char(10)", "name of 10", "name of 11!"],
  ["bit(4)", "1010", "10"],
  ["bit varying(4)", "101", "10101"],
  ["numeric(6,2)", "1234.50", "1.005"],
  ["timestamp(0)", "2026-01-31 12:00:00", "2026-01-31 12:00:00.6"],
  ["timestamptz(3)", "2026-01-31T12:00:00.125Z", "2026-01-31T12:00:00.1255Z"],
  ["timestamp", "2026-01-31 12:00:00", "2026-01-31T12:00:00+05:00"],
  ["date", "2026-01-31", "2026-01-31T12:00:00Z"],
  ["numeric(4,1)[]", "{1.5,2}", "{1.55}"],
  ["varchar(3)[]", "{abc}", "{abcd}"],
  ["odd_amount", "1.5", "1.55"],
  ["odd_code", "ab", "abcd"],
  ["real", "0.1", "0.123456789"],
  ["xml", "<a/>", ""],
  ["point", "(1,2)", ""],
  ["daterange", "[2026-01-01,2026-01-05)", ""],
  ["date", "2024-02-29", "2026-02-30"],
];

Deno.test("a value that its type cannot hold is refused before anything is written, and one that fits arrives whole", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(
      "create domain odd_amount as numeric(4,1); create domain odd_code as char(3)",
    );
    for (const [at, [type, fits, lost]] of TYPES.entries()) {
      const table = `odd_${at}`;
      await database.sql.unsafe(`create table ${table} (id serial primary key, name text, v ${type})`);
      if (lost !== "") {
        assert.match(
          await refused(database, { table, key: { name: "n" }, set: { v: lost } }),
          /^<stdin>:1:\d+: error: Column v of odd_\d+ .* \[FP305\]$/,
          type,
        );
      }
      await arrives(database, { table, key: { name: "n" }, set: { v: fits } });
    }
  });
});

Deno.test("a number in a document arrives with all of its digits, or is refused", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe("create table odd_json (id serial primary key, name text, v jsonb)");
    const item = (number: string) =>
      `version: '1.0'\nrows: [{table: odd_json, key: {name: n}, set: {v: {a: [${number}]}}}]\n`;
    for (
      const number of [
        "12345678901234567890",
        "1152921504606846976",
        "0.12345678901234567890",
        ".inf",
        "1e400",
      ]
    ) {
      const { code, err } = await runCli(["validate", "-f", "-"], { stdin: item(number) });
      assert.deepEqual(
        [code, /A number in a document keeps about 15 digits \[FP107\]/.test(err)],
        [1, true],
        number,
      );
    }
    for (const number of ["9007199254740991", "1.10", "0x1F", "-0.1", "1e300", "100"]) {
      const { code, err } = await runCli(["-f", "-"], { databaseUrl: database.url, stdin: item(number) });
      assert.equal(code, 0, err);
      const [row] = await database.sql`delete from odd_json returning (v -> 'a' -> 0)::text as v`;
      assert.equal(Number(row?.["v"]), Number(number));
    }
  });
});

Deno.test("what no check knows and the type does not take is said in words", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(
      "create type mood as enum ('a'); create table odd_mood (id serial primary key, name text, v mood, w cidr)",
    );
    for (const set of [{ v: "b" }, { w: "10.0.0.1/8" }]) {
      assert.match(
        await refused(database, { table: "odd_mood", key: { name: "n" }, set }),
        /^error: Cannot read the rows: a value does not fit the type of its column \(error 22P02\) \[FP415\]$/,
      );
    }
  });
});

Deno.test("generated columns are a finding, and rows get ids in a table that gives them itself", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(
      "create table gen_t (id int generated always as identity primary key, name text not null, up text generated always as (upper(name)) stored)",
    );
    assert.match(
      await refused(database, { table: "gen_t", key: { name: "n" }, set: { up: "N" } }),
      /Column up of gen_t is generated: the database alone gives its values \[FP305\]$/,
    );
    assert.match(
      await refused(database, { table: "gen_t", key: { name: "n" }, set: { id: 7 } }),
      /Column id of gen_t is generated/,
    );
    await arrives(database, { table: "gen_t", key: { name: "n" } });
    await database.sql`insert into gen_t (name) values ('other')`;
    const torn = await runCli(["teardown", "--all", "--yes"], { databaseUrl: database.url });
    assert.equal(torn.code, 0, torn.err);
    assert.deepEqual([...await database.sql`select name, up from gen_t`].map((row) => ({ ...row })), [
      { name: "other", up: "OTHER" },
    ]);
  });
});

const TRIGGERS: readonly (readonly [body: string, when: string, problem: RegExp])[] = [
  [
    "return null",
    "before insert",
    /error: The row row:trig_t\/name=n \(<stdin>:1:\d+\) is not there after it was written \[FP439\]/,
  ],
  [
    "new.v := new.v || '!'; return new",
    "before insert",
    /holds something else than was written, in v \[FP439\]/,
  ],
  ["new.name := 'x'; return new", "before insert", /is not there after it was written \[FP439\]/],
];

Deno.test("a trigger that drops or changes a row makes the run fail with nothing written", async () => {
  for (const [body, when, problem] of TRIGGERS) {
    await withDatabase({}, async (database) => {
      await database.sql.unsafe(`create table trig_t (id serial primary key, name text, v text);
        create function trig_f() returns trigger language plpgsql as $$ begin ${body}; end $$;
        create trigger tr ${when} on trig_t for each row execute function trig_f()`);
      assert.match(
        await refused(database, { table: "trig_t", key: { name: "n" }, set: { v: "abc" } }),
        problem,
      );
    });
  }
});

Deno.test("an update that a trigger undoes is no update", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(`create table trig_t (id serial primary key, name text, v text);
      create function trig_f() returns trigger language plpgsql as $$ begin new.v := old.v; return new; end $$;
      create trigger tr before update on trig_t for each row execute function trig_f()`);
    await arrives(database, { table: "trig_t", key: { name: "n" }, set: { v: "abc" } });
    assert.match(
      await refused(database, { table: "trig_t", key: { name: "n" }, set: { v: "abd" } }),
      /holds something else than was written, in v/,
    );
  });
});

Deno.test("a table is written, changed and taken back whose columns are called like the names that statements use", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    const names = ["t", "w", "n", "x", "r", "o", "row", "key", "table", "at", "s"];
    await sql.unsafe(
      `create table short_t (id serial primary key, ${names.map((name) => `"${name}" text`).join(", ")});
       create table short_below (id serial primary key, t int references short_t (id), r text);
       insert into short_t (w) values ('live')`,
    );
    const before = await dumpTables(sql);
    const set = Object.fromEntries(names.slice(1).map((name) => [name, "v"]));
    await arrives(database, { table: "short_t", key: { t: "k" }, set });
    await arrives(database, { table: "short_below", key: { r: "below" }, set: { t: 2 } });
    const status = await run(url, [{ table: "short_t", key: { t: "k" }, set }], "status");
    assert.equal(status.err, "");
    const changed = await run(
      url,
      [{ table: "short_t", key: { w: "live" }, set: { t: "mine", n: "v" } }],
      "apply",
    );
    assert.match(changed.out, /1 updated/, changed.err);
    await sql`insert into short_below (t, r) values (2, 'not ours')`;
    const torn = await runCli([
      "teardown",
      "--all",
      "--yes",
      "--cascade",
      "--cascade-through",
      "short_below.t",
    ], { databaseUrl: url });
    assert.equal(torn.code, 0, torn.err);
    const after = await dumpTables(sql);
    for (const table of ["short_t", "short_below"]) {
      assert.deepEqual(after.get(table), before.get(table), table);
    }
  });
});
