/** Rows that are written beside those of the application itself: every column of every row of every table. */
import assert from "node:assert/strict";
import { compareClock } from "../support/compare_clock.ts";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import type { Sql } from "postgres";
import { loadRecording } from "../support/recordings.ts";
import { type Replay, replayRecording } from "../support/replay_recording.ts";
import { documentsOf } from "../support/document_steps.ts";
import { applyDocuments } from "../support/run_cli.ts";
import { withoutTouch } from "../support/without_touch.ts";

/** A project that the application itself filled: options, overrides, identities, and an environment with versions. */
for (const made of [["older/2.265.0/core"], ["older/2.265.0/core", "older/2.265.0/core.v2"]]) {
  Deno.test(`apply() adds an environment and a feature to a project that holds the rows of ${made.join(" and ")}`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      let replay: Replay | undefined;
      for (const name of made) replay = await replayRecording(sql, await loadRecording(name), replay);
      const before = await dumpTables(sql);
      const recording = await loadRecording("older/2.265.0/core.more");
      await applyDocuments(documentsOf(recording.input), { databaseUrl: url });
      const run = { before, after: withoutTouch(before, await dumpTables(sql)) };
      if (made.length === 1) {
        assert.equal(formatDifferences(compareRecording(recording, run)), "");
        assert.equal(formatDifferences(compareClock(recording, run)), "");
      } else {
        await assertComplete(sql);
      }
    });
  });
}

/** Every live feature has one live default state with one value in every live environment, versioned where the environment is. */
async function assertComplete(sql: Sql): Promise<void> {
  const rows = await sql`
    select e.name as environment, f.name as feature, count(s.id)::int as states, count(v.id)::int as values,
      bool_and((s.environment_feature_version_id is not null) = e.use_v2_feature_versioning) as versioned,
      bool_and((select count(*) from multivariate_multivariatefeatureoption o where o.feature_id = f.id) =
        (select count(*) from multivariate_multivariatefeaturestatevalue m where m.feature_state_id = s.id)) as allocated
    from environments_environment e join features_feature f on f.project_id = e.project_id
    left join features_featurestate s on s.environment_id = e.id and s.feature_id = f.id and s.deleted_at is null
      and s.feature_segment_id is null and s.identity_id is null
      and (s.environment_feature_version_id is null or s.environment_feature_version_id =
        (select uuid from feature_versioning_environmentfeatureversion x where x.environment_id = e.id and x.feature_id = f.id order by published_at desc limit 1))
    left join features_featurestatevalue v on v.feature_state_id = s.id
    where e.deleted_at is null and f.deleted_at is null group by e.id, f.id, e.name, f.name`;
  assert.ok(rows.length >= 4 * 8, String(rows.length));
  assert.deepEqual(
    rows.filter((r) =>
      r["states"] !== 1 || r["values"] !== 1 || r["versioned"] !== true || r["allocated"] !== true
    ),
    [],
  );
}
