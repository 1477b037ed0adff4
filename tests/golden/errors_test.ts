/** Wrong input, case by case: the whole of standard error, exit code 1, and a database that nobody touched. */
import assert from "node:assert/strict";
import { CODES } from "../../src/diagnostics/codes.ts";
import { environmentOf } from "../support/cases.ts";
import { createDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

/** Mistakes as people make them, which are also the examples of `docs/errors.md`; and field by field. */
const FOLDERS = ["tests/golden/errors", "tests/golden/fields"];

/** Codes without a case here, with the reason. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  FP001: "discover_test.ts: paths, not content",
  FP002: "discover_test.ts: paths, not content",
  FP003: "sources_test.ts: 16 MiB do not belong into the repository",
  FP004: "sources_test.ts: bytes that are no text",
  FP150: "a warning, golden/warnings_test.ts",
  FP151: "a warning, golden/warnings_test.ts",
  FP152: "a warning, database/flag_references_test.ts",
  FP153: "a warning, database/older_releases_test.ts",
  FP154: "a warning, golden/warnings_test.ts",
  FP155: "a warning, golden/warnings_test.ts",
  FP156: "a warning, golden/warnings_test.ts",
  FP157: "a warning, database/feature_name_regex_test.ts",
  FP205: "graph/order_test.ts: today's kinds cannot refer to each other in a circle",
  FP209: "database/flag_references_test.ts: needs a newer release",
  FP250: "a warning, golden/warnings_test.ts",
  FP251: "golden/warnings_test.ts: an option of validate",
  FP301: "database/live_errors_test.ts: needs live rows",
  FP302: "database/live_errors_test.ts: needs live rows",
  FP304: "database/live_errors_test.ts: needs live rows",
  FP305: "database/raw_rows_test.ts: needs a table of the database",
  FP320: "database/absent_test.ts: needs live rows",
  FP350: "database/live_errors_test.ts: needs live rows",
  FP440: "database/export_warnings_test.ts: needs live rows",
  FP441: "database/export_warnings_test.ts: needs live rows",
  FP442: "database/export_warnings_test.ts: needs live rows",
  FP443: "database/export_warnings_test.ts: needs live rows",
  FP444: "database/export_warnings_test.ts: needs live rows",
  FP445: "database/export_merge_test.ts: needs live rows",
  FP480: "database/missing_rows_test.ts: needs live rows",
  FP449: "database/export_merge_test.ts: needs live rows",
};

/** A case is a file, or a directory of files that belong together. */
const paths = FOLDERS.flatMap((folder) =>
  [...Deno.readDirSync(folder)].filter((e) => e.isDirectory || e.name.endsWith(".yaml"))
    .map((e) => `${folder}/${e.name}`).sort()
);
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

Deno.test("every code has a case of wrong input", () => {
  const covered = new Set(paths.map((path) => nameOf(path).slice(0, 5)));
  assert.deepEqual(Object.keys(CODES).filter((code) => !covered.has(code) && !(code in ELSEWHERE)), []);
  assert.ok(paths.length >= 270, String(paths.length));
});

Deno.test("wrong input is reported whole and leaves the database as it was", async (t) => {
  const database = await createDatabase();
  try {
    await assertUntouched(database, async () => {
      for (const path of paths) {
        const name = nameOf(path);
        await t.step(name, async () => {
          const isFile = name.endsWith(".yaml");
          const { code, out, err } = await runCli(["apply", isFile ? "--file" : "--directory", path], {
            databaseUrl: database.url,
            env: isFile ? environmentOf(await Deno.readTextFile(path)) : {},
          });
          const golden = `${path.replace(/\.yaml$/, "")}.out`;
          if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(golden, err);
          assert.deepEqual(err.split("\n"), (await Deno.readTextFile(golden)).split("\n"));
          assert.equal(out, "");
          assert.equal(code, 1);
          if (/^FP\d+/.test(name)) {
            assert.ok(err.includes(`[${name.slice(0, 5)}]`), `${name} does not report its code`);
          }
        });
      }
    });
  } finally {
    await database.drop();
  }
});
