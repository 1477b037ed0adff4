/** Rows against the recordings of the real application: every column of every row of every table. */
import assert from "node:assert/strict";
import { compareClock } from "../support/compare_clock.ts";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import type { Sql } from "postgres";
import {
  isTarget,
  loadRecording,
  loadRecordings,
  type Recording,
  withoutRequest,
} from "../support/recordings.ts";
import { type Replay, replayRecording } from "../support/replay_recording.ts";
import { applied } from "../support/given.ts";
import { stepsOf } from "../support/document_steps.ts";
import { applyDocuments } from "../support/run_cli.ts";
import { withoutTouch } from "../support/without_touch.ts";

/** Lists of the format that a document may use today; recordings that need others wait for their kinds. */
const LISTS = [
  "app_domain",
  "users",
  "organisations",
  "groups",
  "projects",
  "tags",
  "environments",
  "features",
  "segments",
  "master_api_keys",
  "server_side_environment_keys",
  "feature_states",
  "segment_overrides",
  "identity_overrides",
  "defaults",
  "identities",
  "permissions",
];

function documents(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

function isCovered(recording: Recording): boolean {
  const all = [...documents(recording.given), ...documents(recording.input)];
  return all.every((document) => Object.keys(Object(document)).every((key) => LISTS.includes(key)));
}

const all = await loadRecordings();
/** Operations that only requests show the right rows of: no ORM recording, or one that is not to be followed. */
const requests = all.filter((r) =>
  r.via === "rest" && r.reference_only !== true &&
  !all.some((o) => o.operation === r.operation && o.via === "orm" && o.reference_only !== true)
).map(withoutRequest);
const targets = [...all.filter((r) => isTarget(r) && r.operation !== undefined), ...requests];
const recordings = targets.filter(isCovered);

Deno.test("apply() covers every recorded operation that it is meant to", () => {
  assert.deepEqual(requests.map((r) => r.name), [
    "operations/override.segment.first_priority.rest",
    "operations/override.segment.v2.rest",
    "operations/state.v2.rest",
    "operations/user.signup.rest",
  ]);
  const left = targets.filter((r) => !recordings.includes(r)).map((r) => r.name);
  assert.deepEqual(left, []);
});

for (const recording of recordings) {
  Deno.test(`apply() writes the rows of ${recording.name}`, async () => {
    const given = applied(documents(recording.given).flatMap(stepsOf));
    await withDatabase({ given }, async ({ sql, url }) => {
      const before = await dumpTables(sql);
      await applyDocuments(documents(recording.input), { databaseUrl: url });
      const run = { before, after: withoutTouch(before, await dumpTables(sql)) };
      assert.equal(formatDifferences(compareRecording(recording, run)), "");
      // Several items of a list are written by name here and as listed there, so their times are in another order.
      if (isSingle(recording)) assert.equal(formatDifferences(compareClock(recording, run)), "");
    });
  });
}

/** True when no list of the operation's documents has more than one item. */
function isSingle(recording: Recording): boolean {
  const lists = documents(recording.input).flatMap((document) => Object.values(Object(document)));
  return lists.every((list) => !Array.isArray(list) || list.length <= 1);
}

/** A project that the application itself filled: options, overrides, identities, and an environment with versions. */
for (const made of [["older/2.265.0/core"], ["older/2.265.0/core", "older/2.265.0/core.v2"]]) {
  Deno.test(`apply() adds an environment and a feature to a project that holds the rows of ${made.join(" and ")}`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      let replay: Replay | undefined;
      for (const name of made) replay = await replayRecording(sql, await loadRecording(name), replay);
      const before = await dumpTables(sql);
      const recording = await loadRecording("older/2.265.0/core.more");
      await applyDocuments(documents(recording.input), { databaseUrl: url });
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
