/** After `manage.py flush`, ids begin anew: what the log names may be somebody else's row now. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { loadRecording } from "../support/recordings.ts";
import { replayRecording } from "../support/replay_recording.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

/** What `manage.py flush` does: empties the application's tables and starts their sequences anew. */
async function flush(sql: Sql): Promise<void> {
  const tables = await sql`
    select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and c.relname not in ('provisioning_log', 'django_migrations', 'django_content_type', 'permissions_permissionmodel', 'django_site')`;
  await sql.unsafe(`truncate ${tables.map(({ name }) => `"${name}"`).join(", ")} restart identity`);
}

for (const name of ["dev", "e2e"]) {
  Deno.test(`teardown deletes nothing that others made under ids that were used before (${name})`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      const { documents } = JSON.parse(
        await Deno.readTextFile(new URL(`../data/recordings/${name}.input.json`, import.meta.url)),
      );
      await applyDocuments(documents, { databaseUrl: url });
      const rotated = {
        users: [{ email: "late@example.com" }],
        organisations: [{ name: "Late", master_api_keys: [{ name: "K" }], groups: [{ name: "G" }] }],
      };
      await applyDocuments([rotated], { databaseUrl: url });
      await flush(sql);
      await replayRecording(sql, await loadRecording(name));
      const { provisioning_log: _log, ...before } = Object.fromEntries(await dumpTables(sql));
      const { code, out, err } = await runCli(["teardown", "--all", "--yes", "--cascade"], {
        databaseUrl: url,
      });
      assert.deepEqual(
        [code, /note: \d+ logged rows are not there any more/.test(err)],
        [0, true],
        out + err,
      );
      const { provisioning_log: _after, ...after } = Object.fromEntries(await dumpTables(sql));
      assert.deepEqual(after, before);
    });
  });
}
