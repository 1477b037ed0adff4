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

/** Types of which PostgreSQL alone knows what they take; the refused value, and what is said of it. */
const ODD_TYPES:
  readonly (readonly [type: string, fits: string | null, refused: string | null, says: string])[] = [
    ["mood", "a", "b", "takes public.mood"],
    ["mood[]", "{a}", "{a,b}", "takes public.mood[]"],
    ["cidr", "10.0.0.0/8", "10.0.0.1/8", "takes cidr"],
    ["odd_day", "2026-01-31", "2026-02-31", "takes public.odd_day"],
    ["odd_day[]", "{2026-01-31}", "{2026-02-31}", "takes public.odd_day[]"],
    ["odd_moment", "infinity", "noon", "takes public.odd_moment"],
    ["odd_count", "7", "7.5", "takes public.odd_count"],
    ["odd_count", "8", "-1", "takes public.odd_count, whose CHECK refuses the value"],
    ["odd_nested", "abc", "abcd", "takes public.odd_nested"],
    ["odd_filled", "x", null, "must not be null"],
    ["odd_pair", "(1,2026-01-31)", "(1,2026-02-31)", "takes public.odd_pair"],
    ["daterange", "[2026-01-01,infinity)", "[2026-02-31,)", "takes daterange"],
    ["int4range", "[1,5)", "[5,1)", "takes int4range"],
    ["int[]", "{1,2}", "{1,x}", "takes integer[]"],
    ["interval", "1 day", "1 dya", "takes interval"],
    ["tsquery", "'a' & 'b'", "a &", "takes tsquery"],
    ["real", "1e30", "1e300", "takes real"],
    ["double precision", "1e300", "1e400", "takes double precision"],
    ["date", "infinity", "2026-02-31", "takes date"],
    ["timestamptz", "-infinity", "2026-01-31T25:00:00Z", "takes timestamp with time zone"],
  ];

Deno.test("what only PostgreSQL knows of a type is refused at its place, all at once and with nothing written", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(`create type mood as enum ('a');
      create domain odd_day as date; create domain odd_moment as timestamptz;
      create domain odd_count as int check (value > 0);
      create domain odd_code as varchar(3); create domain odd_nested as odd_code;
      create domain odd_filled as text not null;
      create type odd_pair as (a int, b date);
      create table odd_types (id serial primary key, name text, ${
      ODD_TYPES.map(([type], at) => `v${at} ${type}`).join(", ")
    })`);
    // A domain that must be filled would refuse the rows that leave it out.
    const filled = `v${ODD_TYPES.findIndex(([type]) => type === "odd_filled")}`;
    await database.sql.unsafe(`alter table odd_types alter ${filled} set default 'x'`);
    const lines = ["version: '1.0'", "rows:"];
    for (const [at, [, , refused]] of ODD_TYPES.entries()) {
      lines.push(
        `  - {table: odd_types, key: {name: n${at}}, set: {v${at}: ${
          refused === null ? "null" : JSON.stringify(refused)
        }}}`,
      );
    }
    const before = await dumpTables(database.sql);
    const { code, out, err } = await runCli(["apply", "-f", "-"], {
      databaseUrl: database.url,
      stdin: lines.join("\n"),
    });
    assert.deepEqual(
      err.split("\n").filter((line) => line.includes("FP")),
      ODD_TYPES.map(([, , , says], at) => {
        const column = (lines[at + 2]?.indexOf(`{v${at}: `) ?? 0) + `{v${at}: `.length + 1;
        return `<stdin>:${at + 3}:${column}: error: Column v${at} of odd_types ${says} [FP305]`;
      }),
    );
    assert.deepEqual([code, out], [1, ""]);
    assert.deepEqual(await dumpTables(database.sql), before);
    for (const [at, [type, fits]] of ODD_TYPES.entries()) {
      const set = type === "odd_filled" || fits === null ? { [filled]: "y" } : { [`v${at}`]: fits };
      await arrives(database, { table: "odd_types", key: { name: `n${at}` }, set });
    }
  });
});

Deno.test("a secret that its type does not take is in no message, no answer and no statement", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(
      "create domain odd_token as text check (value like 'x%'); create table odd_secret (id serial primary key, name text, token odd_token)",
    );
    const { code, out, err } = await run(
      database.url,
      [{ table: "odd_secret", key: { name: "n" }, set: { token: "CANARY'\"\\" } }],
      "apply",
    );
    assert.equal(code, 1);
    assert.match(
      err,
      /error: Column token of odd_secret takes public\.odd_token, whose CHECK refuses the value \[FP305\]/,
    );
    assert.doesNotMatch(out + err, /CANARY/);
    const good = await run(
      database.url,
      [{ table: "odd_secret", key: { name: "n" }, set: { token: "x'\"\\" } }],
      "apply",
    );
    assert.equal(good.code, 0, good.err);
    assert.deepEqual(
      [...await database.sql`select token from odd_secret`].map(({ token }) => String(token)),
      [
        "x'\"\\",
      ],
    );
  });
});

Deno.test("times that PostgreSQL has words for are in sync on the second run, and are taken back", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    await sql.unsafe(
      `create table odd_times (id serial primary key, name text, d date, t timestamp, z timestamptz, a timestamptz[]);
      insert into odd_times (name, d, t, z, a) values ('live', '2026-01-31', 'epoch', 'infinity', '{epoch}')`,
    );
    const before = await dumpTables(sql);
    const words = ["infinity", "-infinity", "epoch", "Infinity", "EPOCH", "19990108", "January 8, 1999"];
    const rows = words.map((word) => ({
      table: "odd_times",
      key: { name: word },
      set: { d: word, t: word, z: word, a: `{"${word}"}` },
    }));
    const live = {
      table: "odd_times",
      key: { name: "live" },
      set: { d: "infinity", t: "-infinity", z: "epoch", a: "{infinity,-infinity,epoch}" },
    };
    const first = await run(url, [...rows, live], "apply");
    assert.match(first.out, /7 created, 1 updated, 0 skipped/, first.err);
    assert.deepEqual(
      [...await sql`select d::text, t::text, z::text, a::text from odd_times where name in ('infinity', 'EPOCH', 'live') order by name`]
        .map((row) => Object.values(row)),
      [
        ["1970-01-01", "1970-01-01 00:00:00", "1970-01-01 00:00:00+00", '{"1970-01-01 00:00:00+00"}'],
        ["infinity", "infinity", "infinity", "{infinity}"],
        ["infinity", "-infinity", "1970-01-01 00:00:00+00", '{infinity,-infinity,"1970-01-01 00:00:00+00"}'],
      ],
    );
    const second = await run(url, [...rows, live], "apply");
    assert.match(second.out, /0 created, 8 skipped/);
    const status = await run(url, [...rows, live], "status");
    assert.deepEqual([status.code, status.err], [0, ""]);
    const moved = await run(url, [{ ...live, set: { d: "-infinity", z: "infinity" } }], "apply");
    assert.match(moved.out, /1 updated/, moved.err);
    const torn = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(torn.code, 0, torn.err);
    const after = await dumpTables(sql);
    assert.deepEqual(after.get("odd_times"), before.get("odd_times"));
  });
});

Deno.test("values that PostgreSQL writes in a form of its own are taken back from an update", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await sql.unsafe(`create type odd_pair as (a int, b text[]);
      create table odd_forms (id serial primary key, name text, a int[], m text[], r daterange, i interval, p odd_pair, q odd_pair[]);
      insert into odd_forms (name, a, m, r, i, p, q) values ('live', '{1}', '{{"a,\\"b",c},{NULL,d}}', '[2026-01-01,2026-01-03)', '1 day',
        '(1,"{x,y}")', array['(2,"{z}")'::odd_pair, null])`);
    const before = await dumpTables(sql);
    const set = {
      a: "{ 2 , 3 }",
      m: "{x}",
      r: "[2026-01-01,2026-01-07]",
      i: "48 hours",
      p: '(5,"{}")',
      q: "{}",
    };
    const done = await run(url, [{ table: "odd_forms", key: { name: "live" }, set }], "apply");
    assert.match(done.out, /1 updated/, done.err);
    const torn = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(torn.code, 0, torn.err);
    assert.deepEqual((await dumpTables(sql)).get("odd_forms"), before.get("odd_forms"));
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
