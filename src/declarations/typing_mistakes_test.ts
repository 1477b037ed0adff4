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

Deno.test("what cannot be read as text, or is nothing, is said with its place", async () => {
  const found = async (stdin: string, ...args: string[]) =>
    (await runCli(["validate", "-f", "-", ...args], { stdin })).err.split("\n")[0];
  assert.equal(await found("# nothing\n---\n"), "<stdin>:1:1: error: File holds no document [FP002]");
  assert.equal(await found("", "--allow-empty"), "");
  assert.equal(await found("a: 1\nb: \0"), "<stdin>:2:4: error: File holds a NUL character [FP004]");
  assert.equal(
    await found(`version: '1.0'\n"a\\0b": 1\n`),
    "<stdin>:2:1: error: Value holds a NUL character [FP110]",
  );
  assert.match(
    await found(`x: [${"a,".repeat(600_000)}a]\n`) ?? "",
    /: error: File holds more than 500000 values/,
  );
});
