/** Round trips of `plan` and `status` do not grow with the number of entities. */
import assert from "node:assert/strict";
import { processIo } from "../../mod.ts";
import { decideRun } from "../../src/plan/decided.ts";
import { readInputs } from "../../src/cli/inputs.ts";
import { withReadOnly } from "../../src/database/ask.ts";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { isOutOfSync, readStatus } from "../../src/status/status.ts";
import { withDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";
import { openTestSession } from "../support/session.ts";

function fileOf(count: number, value: string): string {
  const features = Array.from({ length: count }, (_, at) => ({
    name: `f${at}`,
    initial_value: value,
    environments: { Dev: { value: at } },
  }));
  return JSON.stringify({
    version: "1.0",
    defaults: { on_exists: "update" },
    organisations: [{ name: "O" }],
    projects: [{ name: "Web", organisation: "O", environments: [{ name: "Dev" }], features }],
  });
}

/** Round trips of both looks at a file, and what they see. */
async function look(
  url: string,
  text: string,
): Promise<{ plan: number; status: number; work: number; off: number }> {
  const io = { ...processIo(), readStdin: () => Promise.resolve(new TextEncoder().encode(text)) };
  const diagnostics = new Diagnostics();
  const { graph, declarations } = await readInputs(
    { directory: [], file: ["-"], preset: [], secretEnv: [], warnExternal: false },
    io,
    diagnostics,
  );
  const session = await openTestSession(url);
  try {
    const refuses = (found: Diagnostics): boolean => found.hasErrors;
    const decided = await withReadOnly(
      session,
      10_000,
      (ask) => decideRun(ask, graph, declarations.domain, { refuses, locks: false }, diagnostics),
    );
    const plan = session.roundTrips;
    const status = await withReadOnly(
      session,
      10_000,
      (ask) => readStatus(ask, graph, declarations, refuses, diagnostics),
    );
    assert.deepEqual(diagnostics.sorted(), []);
    return {
      plan,
      status: session.roundTrips - plan,
      work: decided?.plan.decisions.filter((d) => d.action !== "skip").length ?? -1,
      off: status?.entities.filter(isOutOfSync).length ?? -1,
    };
  } finally {
    await session.close();
  }
}

Deno.test("plan and status make the same number of round trips for 1 feature and for 1,000", async () => {
  const seen: unknown[] = [];
  for (const count of [1, 1000]) {
    await withDatabase({}, async ({ url }) => {
      const empty = await look(url, fileOf(count, "a"));
      assert.deepEqual([empty.work, empty.off], [3 + 2 * count, 3 + 2 * count]);
      const stdin = fileOf(count, "a");
      assert.equal((await runCli(["-f", "-", "--quiet"], { databaseUrl: url, stdin })).code, 0);
      const same = await look(url, stdin);
      assert.deepEqual([same.work, same.off], [0, 0]);
      const changed = await look(url, fileOf(count, "b"));
      assert.deepEqual([changed.work, changed.off], [count, count]);
      const nothing = await look(url, "version: '1.0'\n");
      assert.deepEqual([nothing.work, nothing.off], [0, 3 + 2 * count]);
      seen.push([empty, same, changed, nothing].map(({ plan, status }) => [plan, status]));
    });
  }
  assert.deepEqual(seen[1], seen[0]);
  assert.ok(
    JSON.stringify(seen[0]).match(/\d+/g)?.every((trips) => Number(trips) <= 9),
    JSON.stringify(seen[0]),
  );
});
