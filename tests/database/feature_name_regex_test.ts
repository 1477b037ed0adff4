/** Names of features against the pattern of their project: refused, accepted, or said to be not tried. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const document = (feature_name_regex: string, ...names: readonly string[]) => ({
  organisations: [{ name: "O" }],
  projects: [{
    name: "P",
    organisation: "O",
    settings: { feature_name_regex },
    features: names.map((name) => ({ name })),
  }],
});

const NOT_TRIED =
  'warning: Feature "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" was not tried with the project\'s feature_name_regex [FP157]';
const SLOW = "(a+)+b";
const NAME = `${"a".repeat(30)}!`;

Deno.test("apply says that a name was not tried where the pattern cannot be decided, and writes the feature", async () => {
  const cases: readonly (readonly [regex: string, hint: string])[] = [
    [SLOW, `Trying ${SLOW} takes too many steps, or more than is known here of Python's regular expressions`],
    [
      "(a)\\1.*",
      "Trying (a)\\1.* takes too many steps, or more than is known here of Python's regular expressions",
    ],
  ];
  for (const [regex, hint] of cases) {
    await withDatabase({}, async ({ sql, url }) => {
      const stdin = JSON.stringify({ version: "1.0", ...document(regex, NAME) });
      const { code, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin });
      assert.deepEqual([code, err.split("\n")[0]?.replace(/^\S+ /, "")], [0, NOT_TRIED]);
      assert.match(err, new RegExp(`hint: ${RegExp.escape(hint)}\n`));
      assert.equal((await sql`select from features_feature`).length, 1);
      // What is there is not tried again.
      assert.equal((await runCli(["-f", "-"], { databaseUrl: url, stdin })).err, "");
    });
  }
});

Deno.test("apply says so of a live pattern, too, and where Python cannot compile it", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([document("[a-z]+")], { databaseUrl: url });
    await sql`update projects_project set feature_name_regex = '(a'`;
    const stdin = JSON.stringify({ version: "1.0", features: [{ name: NAME, project: "P" }] });
    const { code, err } = await runCli(["plan", "-f", "-"], { databaseUrl: url, stdin });
    assert.deepEqual([code, err.split("\n")[0]?.replace(/^\S+ /, "")], [0, NOT_TRIED]);
    assert.match(
      err,
      /hint: Python cannot compile \(a: .*; Flagsmith's API answers 500 when somebody makes a feature\n/,
    );
  });
});

Deno.test("a name is tried with the pattern that the run gives its project", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([document("[a-z]+")], { databaseUrl: url });
    const run = async (regex: string, onExists: string) => {
      const stdin = JSON.stringify({ version: "1.0", ...document(regex, "F1") });
      const { code, err } = await runCli(["plan", "-f", "-", "--on-exists", onExists], {
        databaseUrl: url,
        stdin,
      });
      return [code, /error: (.*)/.exec(err)?.[1]];
    };
    const refused = 'Feature "F1" does not match the project\'s feature_name_regex [FP115]';
    assert.deepEqual(await run("[A-Z0-9]+", "update"), [0, undefined]);
    assert.deepEqual(await run("[A-Z0-9]+", "skip"), [1, refused]);
    assert.deepEqual(await run("[0-9]+", "update"), [1, refused]);
  });
});
