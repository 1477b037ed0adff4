/** Which state of a flag is live: the same one for status, plan and export. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { exportResult } from "../support/export.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const BASE = {
  organisations: [{ name: "O" }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{ name: "E", api_key: "e" }],
    features: [{ name: "f", environments: { E: { value: "served" } } }],
  }],
};

/** Adds a second state of the flag, with another value. */
const rival = (liveFrom: string, version: number) =>
  `with s as (insert into features_featurestate (enabled, environment_id, feature_id, created_at, updated_at, live_from, version, uuid)
     select true, environment_id, feature_id, now(), now(), ${liveFrom}, ${version}, gen_random_uuid() from features_featurestate returning id)
   insert into features_featurestatevalue (feature_state_id, type, string_value, uuid) select id, 'unicode', 'rival', gen_random_uuid() from s`;

for (
  const [what, statement, isServed] of [
    ["without live_from is a draft", rival("null", 2), true],
    ["without version is a draft", rival("now()", 2).replace("now(), 2, gen", "now(), null, gen"), true],
    ["of the future is not live yet", rival("now() + interval '1 day'", 2), true],
    ["that went live earlier was replaced", rival("now() - interval '1 day'", 2), true],
    ["that went live later is the live one", rival("now()", 1), false],
    ["of the same time and a greater version is the live one", rival("live_from", 2), false],
    ["of the same time and version is the live one when it is newer", rival("live_from", 1), false],
  ] as const
) {
  Deno.test(`a state ${what}, for status and export alike`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      await applyDocuments([BASE], { databaseUrl: url });
      await sql.unsafe(statement);
      const status = await runCli(["status", "-f", "-", "--detailed-exitcode"], {
        stdin: JSON.stringify({ version: "1.0", ...BASE }),
        databaseUrl: url,
      });
      assert.equal(status.code, isServed ? 0 : 2, status.out + status.err);
      assert.match((await exportResult(url, "O")).out, isServed ? /value: served/ : /value: rival/);
    });
  });
}
