import assert from "node:assert/strict";
import { runCli } from "../../tests/support/run_cli.ts";

/** Documents with secrets in them, in the forms that people write. */
const DOCUMENTS = [
  "version: '1.0'\nusers: [{email: a@example.com, password: CANARYa}]\n",
  "version: '1.0'\nusers:\n  - email: a@example.com\n    password: 'CANARYb,CANARYc'\n",
  "version: '1.0'\nrows: [{table: t, key: {name: a}, set: {other: CANARYd}, secret: [other]}]\n",
];

Deno.test("no missing character makes a finding show a secret", async () => {
  const shown: string[] = [];
  for (const text of DOCUMENTS) {
    for (let at = 15; at < text.length; at++) {
      // What is taken out of the secret itself leaves another one.
      const stdin = text.slice(0, at) + text.slice(at + 1);
      const { out, err } = await runCli(["validate", "-f", "-"], { stdin });
      if (/ANARY|CANAR/.test(out + err)) shown.push(JSON.stringify(stdin));
    }
  }
  assert.deepEqual(shown, []);
});

/** Items and values with a secret in them, in places where no key of the format says so. */
const MISPLACED = [
  "users: [password:CANARY]",
  "users: a@example.com:CANARY",
  "users: [{email: a@example.com, pw: CANARY}]",
  "users: [{email: a@example.com, settings: {pin: CANARY}}]",
  "user: [{pw: CANARY}]",
  "organisations: [password:CANARY]",
  "organisations: [{name: A, members: [key=CANARY]}]",
  "organisations: [{name: A, password=CANARY}]",
  "environments: [{name: D, project: P, server_side_environment_keys: [key:ser.CANARY]}]",
  "environments: [{name: D, project: P, server_side_environment_keys: [[backend, ser.CANARY]]}]",
  "environments: [{name: D, project: P, server_side_environment_keys: ser.CANARY}]",
  "environments: [{name: D, project: P, identities: [{identifier: i, traits: {token:CANARY}}]}]",
  "environments: [{name: D, project: P, identities: [{identifier: i, traits: {token: CANARY,CANARYz}}]}]",
  "features: [{name: f, project: P, environments: {D:CANARY}}]",
  "outputs: {TOKEN:CANARY}",
  "outputs: {TOKEN: CANARY,CANARYz}",
  "rows: [{table: t, key: {name: a, token:CANARY}}]",
  "rows: [{table: t, key: {name: a}, set: {token: CANARY,CANARYz}}]",
  "rows: [{table: t, key: {name: a}, set: {config: {user: bob, password:CANARY}}}]",
  "rows: [{table: t, key: {name: a}, set: {config: [{password:CANARY}]}}]",
  "rows: [{table: t, key: {name: a}, set: {other: 1}, secret: [token:CANARY]}]",
  "rows: [token:CANARY]",
  "rows: CANARY",
];

Deno.test("what stands in a wrong place, or without the blank behind a colon, is refused and not shown", async () => {
  for (const text of MISPLACED) {
    const { code, out, err } = await runCli(["validate", "-f", "-"], { stdin: `version: '1.0'\n${text}\n` });
    assert.equal(code, 1, text);
    assert.doesNotMatch(out + err, /CANARY/, text);
  }
});

Deno.test("what cannot be read as text, or is nothing, is said with its place", async () => {
  const found = async (stdin: string, ...args: string[]) =>
    (await runCli(["validate", "-f", "-", ...args], { stdin })).err.split("\n")[0];
  assert.equal(await found("# nothing\n---\n"), "<stdin>:1:1: error: File holds no document [FP002]");
  assert.equal(await found("", "--allow-empty"), "");
  assert.equal(await found("a: 1\nb: \0"), "<stdin>:2:4: error: File holds a NUL character [FP004]");
  assert.equal(
    await found(`version: '1.0'\n"a\\0b": 1\n`),
    "<stdin>:2:1: error: Key holds a NUL character [FP110]",
  );
  assert.match(
    await found(`x: [${"a,".repeat(600_000)}a]\n`) ?? "",
    /: error: File holds more than 500000 values/,
  );
});
