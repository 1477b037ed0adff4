/** After any damage `reset` leaves what a fresh apply leaves, as often as one likes. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { holdsForSets, runSet } from "../support/property.ts";
import { Draw } from "../support/random_set/draw.ts";
import { assertSameRows } from "../support/same_rows.ts";

/** What people do to rows by hand, in the dashboard or in psql. */
const DAMAGE = [
  "update features_feature set description = 'edited', default_enabled = not default_enabled where random() < 0.5",
  "update features_feature set name = name || ' renamed' where id = (select min(id) from features_feature)",
  "update features_feature set deleted_at = now() where id = (select max(id) from features_feature)",
  "update features_featurestate set enabled = not enabled where random() < 0.5",
  "update features_featurestate set deleted_at = now() where random() < 0.2",
  "update features_featurestatevalue set type = 'unicode', string_value = 'edited' where random() < 0.5",
  "delete from features_featurestatevalue where random() < 0.3",
  "delete from multivariate_multivariatefeaturestatevalue where random() < 0.5",
  "delete from features_feature_tags",
  "update environments_environment set name = name || ' renamed', allow_client_traits = false where random() < 0.5",
  "update environments_environment set deleted_at = now() where id = (select max(id) from environments_environment)",
  "update projects_project set name = 'renamed' where id = (select min(id) from projects_project)",
  "update projects_project set deleted_at = now() where id = (select max(id) from projects_project)",
  "update organisations_organisation set force_2fa = not force_2fa",
  "update organisations_organisation set name = 'renamed' where id = (select min(id) from organisations_organisation)",
  "delete from organisations_userorganisation where random() < 0.5",
  "delete from organisations_subscription where random() < 0.5",
  "update users_ffadminuser set first_name = 'edited', is_active = not is_active where random() < 0.5",
  "update segments_segment set description = 'edited'",
  "delete from segments_condition where random() < 0.5",
  "update segments_segment set deleted_at = now() where id = (select max(id) from segments_segment)",
  "delete from environments_trait where random() < 0.5",
  "delete from environments_environmentapikey where random() < 0.5",
  "delete from tags_tag where id not in (select tag_id from features_feature_tags)",
  `insert into environments_identity (identifier, created_date, environment_id, system_traits)
    select 'by hand', now(), id, '{}' from environments_environment`,
  `insert into tags_tag (label, color, project_id, uuid, is_permanent, is_system_tag, type)
    select 'by hand', '#fff', id, gen_random_uuid(), false, false, 'NONE' from projects_project`,
];

async function damage(sql: Sql, draw: Draw): Promise<void> {
  await sql`select setseed(${draw.below(1000) / 1000})`;
  for (const statement of draw.some(DAMAGE, 1, 6)) await sql.unsafe(statement);
}

function sizes(dump: Dump): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...dump].filter(([table]) => table !== "provisioning_log").map(([table, rows]) => [table, rows.length]),
  );
}

Deno.test("reset after any damage leaves the rows of a fresh apply", async () => {
  await holdsForSets(4, async (set) => {
    await withDatabase({}, async ({ sql, url }) => {
      await runSet(set, url);
      const fresh = await dumpTables(sql);
      await damage(sql, new Draw(set.seed));
      await runSet(set, url, ["reset"]);
      const after = await dumpTables(sql);
      assertSameRows(after, fresh);
      assert.deepEqual(sizes(after), sizes(fresh));
    });
  });
});

Deno.test("ten resets of any set leave the rows of a fresh apply and no table has grown", async () => {
  await holdsForSets(1, async (set) => {
    await withDatabase({}, async ({ sql, url }) => {
      await runSet(set, url);
      const fresh = await dumpTables(sql);
      for (let cycle = 0; cycle < 10; cycle++) {
        await runSet(set, url, ["reset"]);
        if (cycle < 9) await damage(sql, new Draw(set.seed + cycle));
      }
      const after = await dumpTables(sql);
      assert.deepEqual(sizes(after), sizes(fresh));
      assertSameRows(after, fresh);
    });
  });
});
