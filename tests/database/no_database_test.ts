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
