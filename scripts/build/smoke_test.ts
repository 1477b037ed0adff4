import assert from "node:assert/strict";
import type { Finished } from "./process.ts";
import { smokeTest } from "./smoke.ts";

/** A binary that does what it should, but for the command that `odd` replaces. */
function binary(
  odd: Readonly<Record<string, Partial<Finished>>> = {},
): (args: readonly string[]) => Promise<Finished> {
  const usual: Record<string, Partial<Finished>> = {
    "--version": { stdout: "0.1.0\n" },
    "--help": { stdout: "Usage: flagsmith-provision [options]\n" },
    "apply": { code: 69 },
    "serve": { code: 64 },
    ...odd,
  };
  return (args) => {
    const { code = 0, stdout = "", stderr = "" } = usual[args[0] ?? ""] ?? {};
    return Promise.resolve({ ok: code === 0, code, stdout, stderr });
  };
}

Deno.test("smokeTest() tries version, help, reading and the driver when all goes well", async () => {
  const tried: string[] = [];
  const files: string[] = [];
  const good = binary();
  await smokeTest("0.1.0", async (args) => {
    tried.push(args[0] ?? "");
    if (args[1] === "--file") files.push(await Deno.readTextFile(args[2] ?? ""));
    return await good(args);
  });
  assert.deepEqual(tried, ["--version", "--help", "validate", "apply", "serve"]);
  assert.deepEqual(files.map((text) => text.split("\n")[0]), tried.slice(2).map(() => "version: '1.0'"));
});

Deno.test("smokeTest() throws when the program is Deno itself", async () => {
  await assert.rejects(smokeTest("0.1.0", binary({ "--version": { stdout: "deno 2.9.6\n" } })), {
    message: 'The binary does not work: "--version" prints something unexpected\ndeno 2.9.6',
  });
});

Deno.test("smokeTest() throws when a part that loads lazily is missing", async () => {
  await assert.rejects(smokeTest("0.1.0", binary({ apply: { code: 70, stderr: "Cannot load chunk\n" } })), {
    message: /^The binary does not work: "apply .*" exits with 70 instead of 69\nCannot load chunk$/,
  });
});
