/** What follows from a mistake is not reported; what does not is reported with it. */
import assert from "node:assert/strict";
import { runCli } from "../../tests/support/run_cli.ts";

/** The findings of `validate --closed`. */
async function found(lines: readonly string[]): Promise<readonly string[]> {
  const { err } = await runCli(["validate", "--closed", "-f", "-"], { stdin: lines.join("\n") });
  return err.split("\n").flatMap((line) => /^<stdin>:(.*)$/.exec(line)?.[1] ?? []);
}

/** A project whose flag names an environment `Dev`, which the line before last declares in some way, and a tag of no file. */
function project(environments: string): readonly string[] {
  return [
    "version: '1.0'",
    "organisations: [{name: Acme}]",
    "projects:",
    "  - name: Web",
    "    organisation: Acme",
    `    ${environments}`,
    "    features: [{name: flag, tags: [nope], environments: {Dev: {enabled: true}}}]",
  ];
}

const NOPE = '7:36: error: Tag "nope" is not declared in any file in project "Web" [FP251]';

Deno.test("an item with a mistake declares its name, and what else is wrong is reported with it", async () => {
  const cases: readonly (readonly [environments: string, finding: string])[] = [
    [
      "environments: [{name: Dev, description: [x]}]",
      '6:45: error: "description" takes text, not a list [FP104]',
    ],
    [
      "environments: [{name: Dev, descripton: x}]",
      '6:32: error: "descripton" is not a key of an environment [FP102]',
    ],
    ["environments: [{nmae: Dev}]", '6:21: error: "nmae" is not a key of an environment [FP102]'],
    ["environments: [Dev]", "6:20: error: Each environment is a mapping [FP104]"],
    ["environments: {name: Dev}", '6:19: error: "environments" takes a list, not a mapping [FP104]'],
    ["enviroments: [{name: Dev}]", '6:5: error: "enviroments" is not a key of a project [FP102]'],
    [
      "environments: [{name: 'Dev '}]",
      '6:27: error: "name" ends with white space, which Flagsmith would remove [FP111]',
    ],
    ["environments: [{name: [Dev]}]", '6:27: error: "name" takes text, not a list [FP104]'],
    ["environments: [{description: x}]", '6:20: error: "name" is required [FP103]'],
    ["environments: [{name: '${DEV}'}]", '6:28: error: Variable "DEV" is not set [FP020]'],
    ["environments: Dev", '6:19: error: "environments" takes a list, not a single value [FP104]'],
  ];

  const results = [];
  for (const [environments] of cases) results.push([environments, ...await found(project(environments))]);

  assert.deepEqual(results, cases.map(([environments, finding]) => [environments, finding, NOPE]));
});

Deno.test("nothing is called undeclared where a part of the files could not be read", async () => {
  const cases: readonly (readonly [environments: string, finding: string])[] = [
    [
      "environments: [*dev]",
      "6:20: error: Alias names no anchor before it [FP013]",
    ],
    ['"\\0": [{name: Dev}]', "6:5: error: Key holds a NUL character [FP110]"],
    ["stages: [{name: Dev}]", '6:5: error: "stages" is not a key of a project [FP102]'],
  ];

  const results = [];
  for (const [environments] of cases) results.push([environments, ...await found(project(environments))]);
  const broken = await found([...project("environments: []"), "---", "version: '1.0'", "environments: [{"]);

  assert.deepEqual(results, cases);
  assert.deepEqual(broken, [
    "10:16: error: Bracket is not closed, or its content is not indented [FP010]",
  ]);
});

Deno.test("an item that belongs to nothing known is checked as far as it can be", async () => {
  const results = await found([
    "version: '1.0'",
    "users: [{email: a@example.com, username: [x]}]",
    "features:",
    "  - {name: one, owners: [nobody@example.com], tags: [ui]}",
    "  - {name: two, projct: Web, owners: [a@example.com], description: [x]}",
    "segments:",
    "  - name: s",
    "    project: Web",
    "    rules: [{type: ALL, conditions: [{property: a, operatr: EQUAL, value: [x]}, {operator: GREATER_THAN, property: a, value: x}]}]",
  ]);

  assert.deepEqual(results, [
    '2:42: error: "username" takes text, not a list [FP104]',
    '4:5: error: A feature in a top-level list needs "project" [FP206]',
    '4:26: error: User "nobody@example.com" is not declared in any file [FP251]',
    '5:17: error: "projct" is not a key of a feature [FP102]',
    '5:68: error: "description" takes text, not a list [FP104]',
    '8:14: error: Project "Web" is not declared in any file [FP251]',
    '9:52: error: "operatr" is not a key of "conditions" [FP102]',
    "9:126: warning: The value of GREATER_THAN is not a number, so it is compared as text, and a trait that is a number never matches [FP151]",
  ]);
});
