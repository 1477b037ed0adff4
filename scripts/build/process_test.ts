import assert from "node:assert/strict";
import { run, whyCompileFailed } from "./process.ts";

Deno.test("run() returns code and output, and passes only the given environment with clearEnv", async () => {
  const script =
    'console.log(Deno.env.get("GIVEN"), Deno.env.get("HOME")); console.error("no"); Deno.exit(3)';
  assert.deepEqual(await run(Deno.execPath(), ["eval", "--no-config", script], { GIVEN: "yes" }, true), {
    ok: false,
    code: 3,
    stdout: "yes undefined\n",
    stderr: "no\n",
  });
});

Deno.test("run() says which program cannot be started", async () => {
  await assert.rejects(run("./no-such-program", []), {
    message: /^Cannot start "\.\/no-such-program": .*No such file or directory/,
  });
});

Deno.test("whyCompileFailed() names denort in one line when its download fails", () => {
  const stderr = `error: Writing deno compile executable to temporary file 'x.tmp'

Caused by:
    0: Setting up base binary.
    1: error sending request for denort-x86_64-unknown-linux-gnu.zip: client error (Connect)
    2: dns error
`;
  assert.deepEqual(whyCompileFailed(stderr), {
    denortMissing: true,
    message:
      "Cannot get denort, the runtime that a binary starts with; set DENO and DENORT_BIN to a deno and a denort " +
      "of one version (error sending request for denort-x86_64-unknown-linux-gnu.zip: client error (Connect))",
  });
});

Deno.test("whyCompileFailed() repeats what else went wrong", () => {
  assert.deepEqual(whyCompileFailed('error: Module not found "mod.js".\n'), {
    denortMissing: false,
    message: 'Cannot compile: Module not found "mod.js".',
  });
});
