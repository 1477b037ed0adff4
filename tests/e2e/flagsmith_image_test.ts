/** The Python of `deploy/flagsmith-image`, without Flagsmith; `deno task real-api` proves it inside of a real one. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { run } from "../../scripts/build/process.ts";
import { complain } from "../../scripts/terminal.ts";

const TESTS = fileURLToPath(new URL("../flagsmith_image/program_test.py", import.meta.url));

if ((await run("/bin/sh", ["-c", "command -v python3"])).ok) {
  Deno.test("the application in Flagsmith's image passes on signals and exit codes, and starts as PROVISION_ON_ERROR says", async () => {
    const { ok, stderr } = await run("python3", ["-B", TESTS]);
    assert.ok(ok, stderr);
    assert.match(stderr, /^Ran \d+ tests in .*\n\nOK\n$/m);
  });
} else {
  complain("There is no python3: the application in Flagsmith's image is not tried");
}
