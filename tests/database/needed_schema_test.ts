/** Tables and columns that a later release renamed or removed: refused by name, on every command. */
import assert from "node:assert/strict";
import { knownColumns } from "../../src/kinds/known_columns.ts";
import { withDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";

const schema = "2.274.0";

/** What a run of ours never misses: releases to come have it. */
const TO_COME = ["environments_trait.updated_at"];

Deno.test("export refuses each table and each column in turn that the program needs and that is not there", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    const missing = async (): Promise<string> => {
      const { code, err } = await runCli(["export", "--organisation", "Acme"], { databaseUrl: url });
      assert.equal(code, 78, err);
      return /needs: (.*) \[FP437\]/.exec(err)?.[1] ?? err.split("\n", 1)[0] ?? "";
    };
    const found: string[] = [];
    const wanted: string[] = [];
    for (const [table, columns] of knownColumns()) {
      await sql.unsafe(`ALTER TABLE ${table} RENAME TO gone`);
      found.push(await missing());
      // By this table Flagsmith is recognised at all.
      wanted.push(
        table === "organisations_organisation"
          ? "error: The database holds no Flagsmith tables [FP420]"
          : `table ${table}`,
      );
      await sql.unsafe(`ALTER TABLE gone RENAME TO ${table}`);
      // All columns of a table in one run: the message names each of them.
      const names = columns.filter((column) => !TO_COME.includes(`${table}.${column}`));
      const rename = (from: string, to: string) => `ALTER TABLE ${table} RENAME COLUMN ${from} TO ${to}`;
      await sql.unsafe(names.map((name) => rename(`"${name}"`, `"x_${name}"`)).join(";"));
      found.push(await missing());
      wanted.push(names.map((name) => `column ${table}.${name}`).join(", "));
      await sql.unsafe(names.map((name) => rename(`"x_${name}"`, `"${name}"`)).join(";"));
    }
    assert.deepEqual(found, wanted);
  });
});

Deno.test("every command refuses a renamed column by name and changes nothing", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    await runCli(["--preset", "bootstrap"], { databaseUrl: url });
    await sql`alter table projects_project rename column name to title`;
    const preset = ["--preset", "bootstrap"];
    for (
      const args of [
        ["apply", ...preset],
        ["plan", ...preset],
        ["status", ...preset],
        ["adopt", ...preset],
        ["reset", ...preset, "--yes"],
        ["export", "--organisation", "My Organisation"],
        ["teardown", "--all", "--yes"],
      ]
    ) {
      const { code, err } = await runCli(args, { databaseUrl: url });
      assert.equal(code, 78, `${args.join(" ")}\n${err}`);
      assert.match(err, /needs: column projects_project\.name \[FP437\]/, args.join(" "));
    }
    const [left] = await sql`select count(*)::int as n from projects_project`;
    assert.equal(left?.["n"], 1);
  });
});
