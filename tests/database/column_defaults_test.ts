/**
 * Columns that the program does not know and that must be filled
 * (`docs/flagsmith/releases.md#unknown-required-columns`).
 */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { HISTORY } from "../../src/flagsmith/history.ts";
import { knownColumns } from "../../src/kinds/known_columns.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { type Dump, dumpTables, type Json, type Row } from "../support/dump.ts";
import { CHANGES, EVERYTHING } from "../support/every_table.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { assertUntouched } from "../support/untouched.ts";

/** A type, what a migration wrote into older rows, whether a row shows that, what a file says later, and whether a row shows that. */
interface Case {
  readonly type: string;
  readonly migrated: string;
  readonly shows: (value: Json) => boolean;
  readonly later: unknown;
  readonly showsLater: (value: Json) => boolean;
}

const is = (expected: Json) => (value: Json): boolean => isDeepStrictEqual(value, expected);
const isUuid = (value: Json): boolean =>
  typeof value === "string" &&
  /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value);

const CASES: readonly Case[] = [
  { type: "boolean", migrated: "true", shows: is(true), later: false, showsLater: is(false) },
  { type: "integer", migrated: "7", shows: is(7), later: -1, showsLater: is(-1) },
  { type: "text", migrated: "it's 1", shows: is("it's 1"), later: "", showsLater: is("") },
  { type: "jsonb", migrated: '{"a": [1]}', shows: is({ a: [1] }), later: {}, showsLater: is({}) },
  {
    type: "uuid",
    migrated: "6f1f2b4c-3f0e-4c39-9d2a-0f6c2f0b7a11",
    shows: isUuid,
    later: { call: "uuid4" },
    showsLater: isUuid,
  },
  {
    type: "timestamptz",
    migrated: "2026-01-02T03:04:05+00:00",
    shows: is("2026-01-02T03:04:05+00:00"),
    later: { call: "now" },
    showsLater: (value) => Math.abs(Date.parse(String(value)) - Date.now()) < 600_000,
  },
  { type: "text[]", migrated: '["a", "b"]', shows: is(["a", "b"]), later: [], showsLater: is([]) },
];

/** The newest release that the program knows. */
const NEWEST = "2.274.0";

const TABLES = [...knownColumns().keys()].sort();
const HISTORY_TABLES = new Set(Object.values(HISTORY).map((history) => history.table));

/** Adds a column as Django does: with a default for the rows that are there, which it then takes away. */
async function addColumns({ sql }: TestDatabase, caseOf: (table: string) => Case): Promise<void> {
  await sql.unsafe(
    TABLES.map((table) => {
      const { type, migrated } = caseOf(table);
      const text = type.endsWith("[]") ? `{${migrated.replaceAll(/[[\]" ]/g, "")}}` : migrated;
      return `ALTER TABLE "${table}" ADD COLUMN brand_new ${type} DEFAULT '${
        text.replaceAll("'", "''")
      }' NOT NULL;
        ALTER TABLE "${table}" ALTER COLUMN brand_new DROP DEFAULT`;
    }).join(";\n"),
  );
}

function run(
  { url }: TestDatabase,
  command: string,
  document: unknown,
  args: readonly string[] = [],
): Promise<CliResult> {
  return runCli([command, "--file", "-", ...args], {
    databaseUrl: url,
    stdin: JSON.stringify({ version: "1.0", ...Object(document) }),
  });
}

/** The options that a refusal shows, as a shell would take them apart. */
function pasted(err: string): readonly string[] {
  return [...err.matchAll(/--column-default ('(?:[^']|'\\'')*'|[^\s.]+\.[^\s=]+=[^\s]*?)(?=\s|\. )/g)]
    .flatMap((
      [, word = ""],
    ) => ["--column-default", word.startsWith("'") ? word.slice(1, -1).replaceAll(`'\\''`, "'") : word]);
}

/** Tables of which a new version of a flag copies rows whole from the last one, as the application does. */
const COPIED: ReadonlySet<string> = new Set([
  "features_featuresegment",
  "features_featurestate",
  "features_featurestatevalue",
  "multivariate_multivariatefeaturestatevalue",
]);

async function withFile<T>(content: unknown, work: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return await work(path);
  } finally {
    await Deno.remove(path);
  }
}

const BASES = new Map(Object.entries(HISTORY).map(([base, history]) => [history.table, base]));

/** One column in every table: refused, pasted, planned, applied, changed with a file, undone step by step. */
async function provision(database: TestDatabase, caseOf: (table: string) => Case): Promise<void> {
  await addColumns(database, caseOf);
  const before = await dumpTables(database.sql);
  const refused = await assertUntouched(database, () => run(database, "apply", EVERYTHING));
  assert.equal(refused.code, 78);
  assert.equal(refused.out, "");
  const options = pasted(refused.err);
  // History rows repeat what the row itself holds, so nobody has to say it twice.
  const asked = TABLES.filter((table) => !HISTORY_TABLES.has(table));
  assert.deepEqual(
    options.filter((word) => word !== "--column-default").map((word) => word.split(".")[0]),
    asked,
    refused.err,
  );
  const planned = await run(database, "plan", EVERYTHING, [...options, "--format", "json"]);
  assert.equal(planned.code, 0, planned.err);
  assert.deepEqual(
    Object.keys(JSON.parse(planned.out).column_defaults),
    asked.map((table) => `${table}.brand_new`),
  );
  const applied = await run(database, "apply", EVERYTHING, options);
  assert.equal(applied.code, 0, applied.err);
  assert.equal(applied.err.match(/^note: New rows fill \d+ columns/gm)?.length, 1, applied.err);
  const kept = await dumpTables(database.sql);
  for (const table of TABLES) {
    const values = (kept.get(table) ?? []).map((row) => row["brand_new"] ?? null);
    assert.ok(values.every(caseOf(table).shows), `${table} ${JSON.stringify(values)}`);
    if (caseOf(table).type === "uuid" && !HISTORY_TABLES.has(table)) {
      assert.equal(new Set(values).size, values.length, table);
    }
  }
  const again = await run(database, "apply", EVERYTHING, options);
  assert.match(again.out, /Provisioning complete: 0 created, \d+ skipped\./);
  assert.doesNotMatch(again.err, /New rows fill/);

  const columns = Object.fromEntries([
    ...TABLES.map((table) => [`${table}.brand_new`, caseOf(table).later]),
    // What the program knows or the database fills needs no answer, and what is said of it no attention.
    ["projects_project.name", { call: "something_else" }],
    ["projects_project.no_such_column", 1],
    ["features_feature.uuid", { call: "uuid4" }],
  ]);
  const changed = await withFile(
    { release: "2.280.0", columns },
    (path) => run(database, "apply", CHANGES, ["--column-defaults", path]),
  );
  assert.equal(changed.code, 0, changed.err);
  assert.match(changed.err, /\(--column-defaults \(Flagsmith 2\.280\.0\)\)/);
  const after = await dumpTables(database.sql);
  for (const table of TABLES) checkChanged(table, kept, after, caseOf(table));
  assert.deepEqual(
    TABLES.filter((table) => (after.get(table) ?? []).length > 0),
    TABLES,
    "every table is written",
  );

  const [last] = await database
    .sql`select run_id::text as id from provisioning_log order by seq desc limit 1`;
  const back = await runCli(["teardown", "--run", String(last?.["id"]), "--yes"], {
    databaseUrl: database.url,
  });
  assert.equal(back.code, 0, back.err);
  assertTornDown(kept, await dumpTables(database.sql));
  const down = await runCli(["teardown", "--all", "--yes"], { databaseUrl: database.url });
  assert.equal(down.code, 0, down.err);
  assertTornDown(before, await dumpTables(database.sql));
}

/** Rows of before are as they were; new ones have the newer value, and history rows that of their row. */
function checkChanged(table: string, before: Dump, after: Dump, { shows, showsLater }: Case): void {
  const keyOf = (row: Row): string => JSON.stringify(row["history_id"] ?? row["id"] ?? row["uuid"]);
  const old = new Map((before.get(table) ?? []).map((row) => [keyOf(row), row]));
  const base = BASES.get(table);
  for (const row of after.get(table) ?? []) {
    const value = row["brand_new"] ?? null;
    const was = old.get(keyOf(row));
    if (was !== undefined) assert.deepEqual(value, was["brand_new"], table);
    else if (base !== undefined) {
      const same = (other: Row): boolean =>
        base === "feature_versioning_environmentfeatureversion"
          ? other["uuid"] === row["uuid"]
          : other["id"] === row["id"];
      const own = after.get(base)?.find(same) ?? before.get(base)?.find(same);
      assert.deepEqual(value, own?.["brand_new"], table);
    } else {assert.ok(
        showsLater(value) || (COPIED.has(table) && shows(value)),
        `${table} ${JSON.stringify(value)}`,
      );}
  }
}

Deno.test("a required column in every table is refused, then filled in every row, then undone exactly", async () => {
  await withDatabase({ schema: NEWEST }, async (database) => {
    const tables = TABLES.filter((table) => !HISTORY_TABLES.has(table));
    const caseOf = (table: string): Case => {
      const found = CASES[tables.indexOf(BASES.get(table) ?? table) % CASES.length];
      if (found === undefined) throw new TypeError(table);
      return found;
    };
    await provision(database, caseOf);
  });
});

// Each type in every table takes a minute; the test above has each type in some of them.
for (const one of Deno.env.get("FULL_TESTS") === undefined ? [] : CASES) {
  Deno.test(`a required column of type ${one.type} in every table is filled and undone`, async () => {
    await withDatabase({ schema: NEWEST }, (database) => provision(database, () => one));
  });
}

const ORGANISATION = { organisations: [{ name: "Acme" }] };

/** Applies an organisation with options; gives exit code and first line of what was said, without the code's page. */
async function applied(database: TestDatabase, ...options: readonly string[]): Promise<string> {
  const { code, err } = await run(database, "apply", ORGANISATION, options);
  return `${code} ${err.split("\n")[0]}`;
}

Deno.test("apply refuses a --column-default that has no place, with the reason, and changes nothing", async () => {
  await withDatabase({ schema: NEWEST }, async (database) => {
    const table = "organisations_organisation";
    await database.sql.unsafe(
      `ALTER TABLE ${table} ADD COLUMN rank smallint NOT NULL, ADD COLUMN owner_id integer NOT NULL REFERENCES users_ffadminuser (id),
      ADD COLUMN slug text NOT NULL UNIQUE, ADD COLUMN token uuid NOT NULL, ADD COLUMN maybe integer, ADD COLUMN filled integer NOT NULL DEFAULT 3,
      ADD COLUMN address inet NOT NULL`,
    );
    const reasons: Record<string, string> = {
      "no_such_table.x=1": "the database has no table no_such_table",
      "django_content_type.model=x": "flagsmith-provision does not write to table django_content_type",
      [`${table}.rnak=1`]: `table ${table} has no column rnak (Did you mean "rank"?)`,
      [`${table}.name=x`]: "flagsmith-provision knows the column and fills it itself",
      [`${table}.maybe=1`]: "the column may be NULL and is left out",
      [`${table}.filled=1`]: "the database has a default for the column, which is used",
      [`${table}.rank=32768`]: "the column is of type smallint and takes a whole number from -32768 to 32767",
      [`${table}.owner_id=1`]:
        "the column refers to table users_ffadminuser, so that no constant can be right",
      [`${table}.slug=x`]:
        "the column must be different in each row (organisations_organisation_slug_key), so that no constant can be right",
      [`${table}.token=6f1f2b4c-3f0e-4c39-9d2a-0f6c2f0b7a11`]:
        "each row needs a uuid of its own; write uuid4",
      [`${table}.address=here`]: "the column is of type inet, and the server does not take the value",
    };
    await assertUntouched(database, async () => {
      for (const [option, reason] of Object.entries(reasons)) {
        const name = option.split("=")[0];
        assert.equal(
          await applied(database, "--column-default", option),
          `64 error: --column-default cannot be used for ${name}: ${reason} [FP433]`,
        );
      }
      assert.equal(
        await applied(database, "--column-default", `${table}.rank=1`, "--column-default", `${table}.rank=2`),
        `64 error: --column-default cannot be used for ${table}.rank: two different values are given [FP433]`,
      );
      assert.match(
        await applied(database, "--column-default", "rank=1"),
        /^64 .*It takes TABLE\.COLUMN=VALUE/,
      );
      return { code: 0, out: "", err: "" };
    });
  });
});

Deno.test("apply refuses a file of --column-defaults that is not of its form", async () => {
  await withDatabase({ schema: NEWEST }, async (database) => {
    await database.sql`alter table organisations_organisation add column rank smallint not null`;
    const column = "organisations_organisation.rank";
    const refusals: readonly (readonly [content: unknown, expected: RegExp])[] = [
      ["{", /^64 error: The file ".*" of --column-defaults is not JSON \[FP434\]$/],
      ["[]", /is not an object \[FP434\]$/],
      [{ release: "2.280.0" }, /has no object "columns" \[FP434\]$/],
      [{ release: 2, columns: {} }, /has a "release" that is not text \[FP434\]$/],
      [{ columns: { rank: 1 } }, /has the column "rank", which is not table\.column \[FP434\]$/],
      [
        { columns: { [column]: true } },
        /column organisations_organisation\.rank, which is of type smallint: it takes a number, not a boolean \[FP434\]$/,
      ],
      [
        { columns: { [column]: null } },
        /^78 error: Column organisations_organisation\.rank \(smallint\) must be filled, and this flagsmith-provision does not know it \[FP421\]$/,
      ],
      [
        { columns: { [column]: { call: "pick" } } },
        /^78 error: Column organisations_organisation\.rank \(smallint, which Flagsmith fills with pick\(\)\) must be filled/,
      ],
      [{ columns: { [column]: { call: "now" } } }, /^78 /],
    ];
    for (const [content, expected] of refusals) {
      assert.match(await withFile(content, (path) => applied(database, "--column-defaults", path)), expected);
    }
    assert.match(await applied(database, "--column-defaults", "/no/such/file"), /cannot be read \[FP434\]$/);
    assert.match(
      await withFile(
        { columns: { [column]: 4 } },
        (path) => applied(database, "--column-defaults", path, "--column-default", `${column}=5`),
      ),
      /^0 note: New rows fill a column that this release does not know: organisations_organisation\.rank = 5 \(--column-default\)\.$/,
    );
  });
});

Deno.test("apply --plan takes the column defaults of the plan, and notices others", async () => {
  await withDatabase({ schema: NEWEST }, async (database) => {
    await database.sql`alter table organisations_organisation add column rank smallint not null`;
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    const saved = `${file}.plan`;
    try {
      await Deno.writeTextFile(file, "version: '1.0'\norganisations: [{name: Acme}]\n");
      const world = { databaseUrl: database.url };
      const option = "organisations_organisation.rank=3";
      const planned = await runCli(
        ["plan", "--file", file, "--out", saved, "--column-default", option],
        world,
      );
      assert.equal(
        planned.out,
        'Would create organisation "Acme".\nPlan: 1 to create, 0 to skip.\n',
      );
      assert.match(planned.err, /organisations_organisation\.rank = 3 \(--column-default\)/);
      const other = await runCli(["apply", "--plan", saved, "--column-default", `${option}0`], world);
      assert.equal(other.code, 1);
      assert.match(
        other.err,
        /^error: The column defaults are not the ones that were planned: organisations_organisation\.rank \[FP466\]\n/,
      );
      const done = await runCli(["apply", "--plan", saved], world);
      assert.equal(done.code, 0, done.err);
      assert.deepEqual([...await database.sql`select rank from organisations_organisation`], [{ rank: 3 }]);
      const [event] = await database.sql`select details from provisioning_log where kind = 'organisation'`;
      assert.deepEqual(event?.["details"], {
        column_defaults: { "organisations_organisation.rank": { value: 3, from: "--column-default" } },
      });
    } finally {
      await Deno.remove(file);
      await Deno.remove(saved).catch(() => {});
    }
  });
});

Deno.test("reset, rows without a kind and variables take column defaults, too; status and adopt need none", async () => {
  await withDatabase({ schema: NEWEST }, async (database) => {
    await database.sql.unsafe(
      `ALTER TABLE organisations_organisation ADD COLUMN rank smallint NOT NULL, ADD COLUMN tags jsonb NOT NULL;
      CREATE TABLE extra_thing (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text NOT NULL, size integer NOT NULL)`,
    );
    const env = {
      FLAGSMITH_PROVISION_COLUMN_DEFAULT:
        'organisations_organisation.rank=3,organisations_organisation.tags=["a","b"],extra_thing.size=9',
    };
    const document = {
      version: "1.0",
      ...ORGANISATION,
      rows: [{ table: "extra_thing", key: { name: "one" } }],
    };
    const world = { databaseUrl: database.url, stdin: JSON.stringify(document), env };
    for (const command of ["apply", "reset"]) {
      const { code, err } = await runCli([command, "--file", "-"], world);
      assert.equal(code, 0, err);
      assert.deepEqual([...await database.sql`select name, rank, tags from organisations_organisation`], [
        { name: "Acme", rank: 3, tags: ["a", "b"] },
      ]);
      assert.deepEqual([...await database.sql`select name, size from extra_thing`], [{
        name: "one",
        size: 9,
      }]);
    }
    for (const command of ["status", "adopt"]) {
      const { code, err } = await run(database, command, ORGANISATION);
      assert.equal(code, 0, err);
    }
  });
});

/** Types with a length, a value that they would change without a word, what is said of it, and one that they keep whole. */
const SIZED: readonly (readonly [type: string, cut: string, problem: string, kept: string])[] = [
  ["numeric(4,2)", "1.555", "keeps 2 digits behind the point", "1.55"],
  [
    "numeric(4,2)[]",
    '["1.555"]',
    "holds elements of numeric(4,2); an element keeps 2 digits behind the point",
    '["1.5"]',
  ],
  ["character varying(3)", "abc ", "takes 3 characters at most", "ab "],
  ["character(3)", "abcd", "takes 3 characters at most", "ab"],
  [
    "timestamp(0) with time zone",
    "2026-01-02T03:04:05.6Z",
    "keeps 0 digits of a second",
    "2026-01-02T03:04:05Z",
  ],
  [
    "timestamp(3) without time zone",
    "2026-01-02 03:04:05.6789",
    "keeps 3 digits of a second",
    "2026-01-02 03:04:05.678",
  ],
  ["time(0) without time zone", "03:04:05.6", "keeps 0 digits of a second", "03:04:05"],
  ["interval(0)", "1.6 seconds", "keeps 0 digits of a second", "2 seconds"],
  ["interval hour", "90 minutes", "keeps a part of the value only", "2 hours"],
  ["bit(3)", "1010", "takes exactly 3 bits", "101"],
  ["bit varying(3)", "1010", "takes 3 bits at most", "10"],
];

Deno.test("a column default that its column would round or cut is refused before anything is written", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    for (const [type, cut, problem, kept] of SIZED) {
      await sql.unsafe(`alter table organisations_organisation drop column if exists brand_new;
        alter table organisations_organisation add column brand_new ${type} not null`);
      const apply = (value: string): Promise<CliResult> =>
        run(database, "apply", { organisations: [{ name: type }] }, [
          "--column-default",
          `organisations_organisation.brand_new=${value}`,
        ]);
      const refused = await apply(cut);
      assert.equal(refused.code, 64, refused.out);
      assert.match(
        refused.err,
        /^error: --column-default cannot be used for organisations_organisation\.brand_new: /,
      );
      assert.ok(refused.err.includes(problem), refused.err);
      const { code, err } = await apply(kept);
      assert.equal(code, 0, err);
      await sql`delete from organisations_subscription`;
      await sql`delete from organisations_organisation`;
    }
  });
});
