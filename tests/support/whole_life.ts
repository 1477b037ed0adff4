/** Shipped sets from the first apply to an exact teardown. */
import assert from "node:assert/strict";
import type { TestDatabase } from "./database.ts";
import { dumpTables } from "./dump.ts";
import { quickHash } from "./password_hash.ts";
import { runCli } from "./run_cli.ts";
import { assertTornDown } from "./torn_down.ts";
import { assertUntouched } from "./untouched.ts";

/** Applies sets twice in one run each, plans, reports, exports and tears down; throws when anything is not as it should be. */
export async function assertWholeLife(database: TestDatabase, sets: readonly string[]): Promise<void> {
  const before = await dumpTables(database.sql);
  const presets = sets.flatMap((set) => ["--preset", set]);
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await runCli(args, { databaseUrl: database.url, io: { hash: quickHash } });
    assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
    return out;
  };
  await run("apply", ...presets);
  const again = await assertUntouched(database, () => run("apply", ...presets));
  assert.match(again, /^Provisioning complete: 0 created, \d+ skipped\.$/m);
  await run("plan", ...presets, "--detailed-exitcode");
  await run("status", ...presets);
  const organisations = await database.sql<{ name: string }[]>`select name from organisations_organisation`;
  for (const { name } of organisations) {
    assert.match(await run("export", "--organisation", name), /^organisations:$/m);
  }
  await run("teardown", "--all", "--yes");
  assertTornDown(before, await dumpTables(database.sql));
}
