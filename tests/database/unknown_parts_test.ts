/** What a newer release adds to tables that the program writes, and that a run gets along with (`docs/releases.md`). */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { EVERYTHING } from "../support/every_table.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

const FILE = { users: [{ email: "a@example.com" }], organisations: [{ name: "Acme" }, { name: "Beta" }] };

function run(
  { url }: TestDatabase,
  document: unknown,
  args: readonly string[],
): Promise<CliResult> {
  return runCli([...args, "--file", "-"], {
    databaseUrl: url,
    stdin: JSON.stringify({ version: "1.0", ...Object(document) }),
  });
}

const notes = (err: string): readonly string[] =>
  err.split("\n").filter((line) => /^note: .*does not know/.test(line));

Deno.test("apply and plan name once what they do not know of the tables that they write", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(`
      ALTER TABLE organisations_organisation ADD COLUMN motto text, ADD COLUMN plan text NOT NULL DEFAULT 'free',
        ADD CONSTRAINT motto_length CHECK (length(motto) < 9) NOT VALID,
        ADD CONSTRAINT plan_alone EXCLUDE USING btree (plan WITH =) WHERE (plan = 'single'),
        ADD CONSTRAINT motto_once UNIQUE (motto);
      CREATE UNIQUE INDEX name_once ON organisations_organisation (lower(name)) WHERE plan = 'single';
      ALTER TABLE organisations_organisation RENAME CONSTRAINT organisations_organisation_uuid_5a30d087_uniq TO other;
      ALTER TABLE projects_project ADD COLUMN not_written_to integer;
      CREATE TABLE brand_new (id integer PRIMARY KEY, organisation_id integer REFERENCES organisations_organisation)`);
    const expected = [
      "note: This release does not know 2 columns that may be empty or that the database fills; new rows leave out: organisations_organisation.motto, organisations_organisation.plan.",
      "note: This release does not know 4 constraints of tables that it writes; a row that breaks one stops the run: motto_length (organisations_organisation), motto_once (organisations_organisation), name_once (organisations_organisation), plan_alone (organisations_organisation).",
      "note: Tables that this release does not know refer to rows of tables that it writes; their foreign keys are followed when something is removed: brand_new.organisation_id → organisations_organisation.",
    ];
    const planned = await run(database, FILE, ["plan"]);
    assert.equal(planned.code, 0, planned.err);
    assert.deepEqual(notes(planned.err), expected);
    const json = await run(database, FILE, ["plan", "--format", "json"]);
    assert.deepEqual(JSON.parse(json.out).notes, expected.map((note) => note.slice("note: ".length)));
    const applied = await run(database, FILE, ["apply"]);
    assert.equal(applied.code, 0, applied.err);
    assert.deepEqual(notes(applied.err), expected);
    const again = await run(database, FILE, ["apply"]);
    assert.match(again.out, /: 0 created/);
    assert.deepEqual(notes(again.err), []);
  });
});

Deno.test("apply knows all of an upgraded database, whose constraints have other names", async () => {
  await withDatabase({ schema: "2.265.0-from-2.126.0" }, async (database) => {
    const { code, err } = await run(database, EVERYTHING, ["apply"]);
    assert.equal(code, 0, err);
    assert.deepEqual(notes(err), []);
  });
});

Deno.test("apply names what is unique and that it does not know, and does not try again and again", async () => {
  await withDatabase({}, async (database) => {
    await database.sql`create unique index one_of_each on organisations_organisation (force_2fa)`;
    const { code, err } = await run(database, FILE, ["apply"]);
    assert.equal(code, 1);
    assert.equal(
      err,
      `error: Cannot write the rows: a row with the same unique value exists already in table organisations_organisation (constraint one_of_each) [FP410]
   = hint: Nothing was changed. Nobody else wrote to the table meanwhile: what the files declare does not fit what is there. If this flagsmith-provision is older than Flagsmith, a newer one may know the constraint
`,
    );
    const [drawn] = await database.sql`select last_value::int as ids from organisations_organisation_id_seq`;
    assert.equal(drawn?.["ids"], 2 * FILE.organisations.length, "two attempts");
  });
});
