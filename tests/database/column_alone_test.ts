/**
 * A required column that the program does not know, one at a time: each type in each table that the program writes with
 * `FULL_TESTS`, else every type in some of them. `column_defaults_test.ts` has a column in all tables at once.
 */
import assert from "node:assert/strict";
import { knownColumns } from "../../src/kinds/known_columns.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { EVERYTHING } from "../support/every_table.ts";
import { quickHash } from "../support/password_hash.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

/** A type, a value as an option has it, and the same in a file of the application. */
const TYPES: readonly (readonly [type: string, option: string, value: unknown])[] = [
  ["boolean", "true", true],
  ["integer", "7", 7],
  ["text", "it's 1", "it's 1"],
  ["jsonb", '{"a":[1]}', { a: [1] }],
  ["uuid", "uuid4", { call: "uuid4" }],
  ["timestamptz", "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05+00:00"],
];

const FULL = Deno.env.get("FULL_TESTS") === "1";
/** Without `FULL_TESTS` one table of so many. */
const EVERY = FULL ? 1 : 48;
const TABLES = [...knownColumns().keys()].sort();

function run(
  { url }: TestDatabase,
  args: readonly string[],
  files: boolean,
): Promise<CliResult> {
  return runCli(files ? [...args, "--file", "-"] : args, {
    databaseUrl: url,
    io: { hash: quickHash },
    ...(files ? { stdin: JSON.stringify({ version: "1.0", ...EVERYTHING }) } : {}),
  });
}

function assertFilled(dump: Dump, table: string, type: string, value: unknown): void {
  const values = (dump.get(table) ?? []).map((row) => row["alone"]);
  if (type === "uuid") {
    for (const one of values) assert.match(String(one), /^[0-9a-f-]{14}4[0-9a-f-]{21}$/);
  } else for (const one of values) assert.deepEqual(one, value, `${table} ${type}`);
}

for (const [at, [type, option, value]] of TYPES.entries()) {
  Deno.test(`a required column of type ${type}, in one table after another, is refused, filled and undone`, async () => {
    await withDatabase({ schema: "2.274.0" }, async (database) => {
      for (const table of TABLES.filter((_table, index) => index % EVERY === (at * 8) % EVERY)) {
        const name = `${table}.alone`;
        await database.sql.unsafe(
          `ALTER TABLE ${table} ADD COLUMN alone ${type} DEFAULT '${
            type === "uuid" ? crypto.randomUUID() : option.replaceAll("'", "''")
          }' NOT NULL; ALTER TABLE ${table} ALTER COLUMN alone DROP DEFAULT`,
        );
        const before = await dumpTables(database.sql);
        const refused = await run(database, ["apply"], true);
        assert.deepEqual([refused.code, refused.out], [78, ""], name);
        assert.match(refused.err, new RegExp(`--column-default '?${name}=`));
        const file = await Deno.makeTempFile({ suffix: ".json" });
        try {
          await Deno.writeTextFile(file, JSON.stringify({ release: "2.280.0", columns: { [name]: value } }));
          for (const args of [["--column-default", `${name}=${option}`], ["--column-defaults", file]]) {
            const done = await run(database, ["apply", ...args], true);
            assert.equal(done.code, 0, `${args.join(" ")} ${done.err}`);
            assertFilled(await dumpTables(database.sql), table, type, value);
            const down = await run(database, ["teardown", "--all", "--yes"], false);
            assert.equal(down.code, 0, `${name} ${down.err}`);
            assertTornDown(before, await dumpTables(database.sql));
          }
        } finally {
          await Deno.remove(file);
        }
        await database.sql.unsafe(`ALTER TABLE ${table} DROP COLUMN alone`);
      }
    });
  });
}
