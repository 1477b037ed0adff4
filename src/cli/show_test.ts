import assert from "node:assert/strict";
import { runCli } from "../../tests/support/run_cli.ts";

Deno.test("findings are shown a hundred at a time, errors first, and JSON holds all of them", async () => {
  const keys = Array.from({ length: 300 }, (_, at) => `k${at}: x\n`).join("");
  const stdin = `version: '1.0'\norganisations: [{ name: A, description: kept }]\n${keys}`;
  const { code, out, err } = await runCli(["validate", "-f", "-", "--format", "json"], { stdin });
  assert.equal(code, 1);
  assert.equal(err.match(/: error: /g)?.length, 100);
  assert.doesNotMatch(err, /: warning: /);
  assert.match(err, /\n… and 201 more; standard output lists all\n300 errors; nothing was changed\.\n$/);
  assert.equal(JSON.parse(out).diagnostics.length, 301);
});

Deno.test("thousands of findings in one line take time in proportion to it", async () => {
  const items = Array.from(
    { length: 16_000 },
    (_, at) => ({ name: `o${at}`, description: `\${UNSET_${at}}` }),
  );
  const stdin = JSON.stringify({ version: "1.0", organisations: items });
  const scalar = `version: '1.0'\nmessage: "${"${1}".repeat(32_000)}"\n`;
  const tabs = `version: '1.0'\n${"\t".repeat(1_000_000)}x`;
  const start = performance.now();
  for (const text of [stdin, scalar, tabs]) {
    assert.equal((await runCli(["validate", "-f", "-"], { stdin: text })).code, 1);
  }
  // A minute before; now about two seconds on an idle machine.
  assert.ok(performance.now() - start < 40_000);
});

Deno.test("what a stranger named reaches neither stream raw", async () => {
  const hostile = "\u001b[31mred\u009b\u202e\u2028";
  const stdin = JSON.stringify({ version: "1.0", message: hostile, app_domain: hostile, [hostile]: 1 });
  for (const format of ["text", "json", "jsonl"]) {
    const { out, err } = await runCli(["validate", "-f", "-", "--format", format], { stdin });
    assert.doesNotMatch(out + err, /[^\P{C}\n]|[\u2028\u2029]/u, format);
  }
});

Deno.test("who lists all findings is a command that has them", async () => {
  const organisations = Array.from({ length: 300 }, () => ({ name: "" }));
  const stdin = JSON.stringify({ version: "1.0", organisations });
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/a.yaml`, stdin);
    const rest = async (...args: readonly string[]) =>
      /… .*/.exec((await runCli(args, { stdin, databaseUrl: "postgresql://nobody@127.0.0.1:1/x" })).err)?.[0];
    const all = "… and 200 more";
    for (const command of ["validate", "plan", "apply", "status", "adopt"]) {
      assert.equal(await rest(command, "-f", "-"), `${all}; --format json lists all`);
      assert.equal(await rest(command, "-f", "-", "--format", "jsonl"), `${all}; standard output lists all`);
    }
    assert.equal(
      await rest("export", "--organisation", "O", "--merge-into", directory),
      `${all}; validate --format json lists all`,
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
