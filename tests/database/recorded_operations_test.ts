/**
 * Every recorded operation of the real application, as a document: a plan says what an apply then does, the apply writes the
 * rows of the application in every column of every table, and teardown takes them back.
 */
import assert from "node:assert/strict";
import { compareClock } from "../support/compare_clock.ts";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { type Given, type TestDatabase, withDatabase } from "../support/database.ts";
import { documentsOf, stepsOf } from "../support/document_steps.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { quickHash } from "../support/password_hash.ts";
import { isFull } from "../support/property.ts";
import { isTarget, loadRecordings, type Recording, withoutRequest } from "../support/recordings.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { type Applied, assertTruthful, ofDocument } from "../support/truthful_plan.ts";
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

function isCovered(recording: Recording): boolean {
  const all = [...documentsOf(recording.given), ...documentsOf(recording.input)];
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

/** Steps that were proven, each with all that came before it: most recordings begin with the same ones. */
const proven = new Set<string>();

/** What a recording is given; plans of its steps are proven, too, where that has not been done. */
function proving(steps: readonly unknown[]): Given {
  return {
    key: `recorded operations ${JSON.stringify(steps)}`,
    prepare: async (database) => {
      let past = "";
      for (const document of steps) {
        past += JSON.stringify(document);
        if (proven.size < proven.add(past).size) await assertTruthful(database, ofDocument(document));
        else await applyDocuments([document], { databaseUrl: database.url, io: { hash: quickHash } });
      }
    },
  };
}

let emptyDump: Promise<Dump> | undefined;

/** What recordings are given that a teardown has taken back. */
const takenBack = new Set<string>();

for (const recording of recordings) {
  Deno.test(`plan foretells, apply writes and teardown takes back the rows of ${recording.name}`, async () => {
    const empty = await (emptyDump ??= withDatabase({}, ({ sql }) => dumpTables(sql)));
    const given = proving(documentsOf(recording.given).flatMap(stepsOf));
    await withDatabase({ given }, async (database) => {
      const run = await assertForetold(database, recording);
      assertRecorded(recording, run);
      await assertTakenBack(database, recording, run, empty);
    });
  });
}

/**
 * Plans each document and applies that plan, with hashes as the program makes them and without a leave to delete. Rows are not
 * compared with the plan for requests: those move places and versions of others, which no plan names one by one.
 */
async function assertForetold(database: TestDatabase, recording: Recording): Promise<Applied> {
  const runs: Applied[] = [];
  const compare = requests.includes(recording) ? { compare: () => {} } : {};
  for (const document of documentsOf(recording.input)) {
    const run = await assertTruthful(database, ofDocument(document), { ...compare, options: [], io: {} });
    assert.ok(run !== undefined, "apply refuses what was recorded");
    runs.push(run);
  }
  const [before, after] = [runs.at(0)?.before, runs.at(-1)?.after];
  assert.ok(before !== undefined && after !== undefined, "no document was recorded");
  return { before, after };
}

function assertRecorded(recording: Recording, { before, after }: Applied): void {
  const run = { before, after: withoutTouch(before, after) };
  assert.equal(formatDifferences(compareRecording(recording, run)), "");
  // Several items of a list are written by name here and as listed there, so their times are in another order.
  if (isSingle(recording)) assert.equal(formatDifferences(compareClock(recording, run)), "");
}

/** True when no list of the operation's documents has more than one item. */
function isSingle(recording: Recording): boolean {
  const lists = documentsOf(recording.input).flatMap((document) => Object.values(Object(document)));
  return lists.every((list) => !Array.isArray(list) || list.length <= 1);
}

/**
 * Takes back the run of a single document, and then everything else. After its run was taken back, all that is left is what the
 * recording was given: that goes once for all recordings that begin alike, with `FULL_TESTS` for each.
 */
async function assertTakenBack(
  { sql, url }: TestDatabase,
  recording: Recording,
  { before, after }: Applied,
  empty: Dump,
): Promise<void> {
  const teardown = async (...args: readonly string[]): Promise<void> => {
    const { code, out, err } = await runCli(["teardown", ...args, "--yes"], { databaseUrl: url });
    assert.equal(code, 0, out + err);
  };
  const changed = JSON.stringify([...after]) !== JSON.stringify([...before]);
  if (changed && documentsOf(recording.input).length === 1) {
    const [last] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    await teardown("--run", String(last?.["run_id"]), "--cascade");
    assertTornDown(before, await dumpTables(sql));
    const given = JSON.stringify(recording.given);
    if (takenBack.size === takenBack.add(given).size && !isFull()) return;
  }
  await teardown("--all");
  assertTornDown(empty, await dumpTables(sql));
}
