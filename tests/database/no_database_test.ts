/** Exit codes when there is no database to talk to. */
import assert from "node:assert/strict";
import { runCli } from "../support/run_cli.ts";

const ORGANISATION = "version: '1.0'\norganisations: [{name: Acme}]\n";

Deno.test("the exit code distinguishes a missing, a malformed and an unreachable database", async () => {
  const run = async (databaseUrl?: string) =>
    await runCli(["-f", "-"], { stdin: ORGANISATION, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
  assert.equal((await run()).code, 64);
  assert.equal((await run("mysql://127.0.0.1/d")).code, 64);
  assert.deepEqual(await run("postgres://u:hunter2@127.0.0.1:1/d"), {
    code: 69,
    out: "",
    err:
      "error: The database cannot be reached: nothing listens there (u@127.0.0.1:1/d) [FP403]\n   = hint: Check address, port and network; the server must accept TCP connections\n",
  });
});

const validate = async (text: string, env: Readonly<Record<string, string>> = {}) =>
  await runCli(["validate", "-f", "-", "-q"], { stdin: `version: '1.0'\n${text}`, env });

Deno.test("validate takes the API's own limits", async () => {
  const conditions = (count: number) =>
    `segments: [{name: s, project: P, rules: [{type: ANY, conditions: [${
      Array.from({ length: count }, () => "{property: p, operator: IS_SET}").join(", ")
    }]}]}]\n`;
  const value = "feature_states: [{feature: f, project: P, environment: E, value: abcdef}]\n";
  const condition =
    "segments: [{name: s, project: P, rules: [{type: ANY, conditions: [{property: p, operator: EQUAL, value: abcdef}]}]}]\n";
  for (
    const [text, variable, less, enough] of [
      [conditions(101), "SEGMENT_RULES_CONDITIONS_LIMIT", "100", "101"],
      [value, "FEATURE_VALUE_LIMIT", "5", "6"],
      [condition, "SEGMENT_CONDITION_VALUE_LIMIT", "5", "6"],
    ] as const
  ) {
    const refused = await validate(text, { [variable]: less });
    assert.equal(refused.code, 1);
    assert.match(refused.err, new RegExp(`FP1(06|13)\\].*hint: ${variable} says so`, "s"));
    assert.equal((await validate(text, { [variable]: enough })).code, 0);
    const wrong = await validate(text, { [variable]: "lots" });
    assert.equal(wrong.code, 64);
    assert.match(wrong.err, new RegExp(`^error: ${variable} is not a whole number .*FP513`));
  }
});

Deno.test("validate lets entities choose one value where only one of them may be there", async () => {
  const users = (policy: string) =>
    `users: [{email: a@example.com, username: u}, {email: b@example.com, username: u${policy}}]\n`;
  assert.equal((await validate(users(""))).code, 1);
  assert.equal((await validate(users(", ensure: absent"))).code, 0);
  assert.equal((await validate(users(", only_if_none: true"))).code, 0);
  const groups = (second: string) =>
    `groups: [{name: A, organisation: O, external_id: x}, {name: B, organisation: ${second}, external_id: x}]\n`;
  assert.equal((await validate(groups("O"))).code, 1);
  assert.equal((await validate(groups("Q"))).code, 0);
});

Deno.test("validate looks for near names beside the first thousand unknown keys only", async () => {
  const keys = Array.from({ length: 1500 }, (_, at) => `user${at % 10}s_${at}: 1\n`).join("");
  const item = Array.from({ length: 1500 }, (_, at) => `    e-mail${at}: 1\n`).join("");
  for (const text of [keys, `users:\n  - email: a@example.com\n${item}`]) {
    const { out } = await runCli(["validate", "-f", "-", "--format", "json"], {
      stdin: `version: '1.0'\nuser: []\n${text}`,
    });
    const { diagnostics }: { diagnostics: { hint?: string }[] } = JSON.parse(out);
    assert.equal(diagnostics.length, 1501);
    assert.equal(diagnostics[0]?.hint, 'Did you mean "users"?');
    assert.ok(diagnostics.slice(1000).every(({ hint }) => hint === undefined));
  }
});
