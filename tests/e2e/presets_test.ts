/** The command `presets`. */
import assert from "node:assert/strict";
import { PRESET_NAMES } from "../../src/presets/names.ts";
import { runCli } from "../support/run_cli.ts";

Deno.test("presets lists each shipped set with what it is", async () => {
  const { code, out, err } = await runCli(["presets"]);
  assert.deepEqual([code, err], [0, ""]);
  const lines = out.trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => line.split(" ")[0]), PRESET_NAMES);
  for (const line of lines) assert.match(line, /^\S+ {2,}[A-Z].{20,}[.:]$/);
});

Deno.test("presets writes a set that applies as the set itself, and overwrites nothing", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const name of PRESET_NAMES) {
      const to = `${directory}/sets/${name}`;
      const { code, out, err } = await runCli(["presets", name, "--to", to]);
      assert.deepEqual([code, err], [0, ""]);
      const env = { ADMIN_EMAIL: "a@example.com" };
      const own = await runCli(["validate", "--preset", name], { env });
      assert.deepEqual(await runCli(["validate", "--directory", to], { env }), own);
      assert.match(out, /^(Wrote \S+\n)+$/);
      const again = await runCli(["presets", name, "--to", to]);
      assert.deepEqual([again.code, again.out], [1, ""]);
      assert.match(again.err, /is there already \[FP435\]/);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("presets prints one set, and refuses what is none", async () => {
  const { code, out } = await runCli(["presets", "bootstrap"]);
  assert.equal(code, 0);
  assert.equal(out, await Deno.readTextFile("provisioning/bootstrap/bootstrap.yaml"));
  assert.deepEqual(await runCli(["presets", "bootstrp"]), {
    code: 64,
    out: "",
    err: 'error: There is no shipped set "bootstrp" [FP502]\n   = hint: Did you mean "bootstrap"?\n',
  });
  assert.equal((await runCli(["presets", "--to", "x"])).code, 64);
});
