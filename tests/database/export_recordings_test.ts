/** `export` of databases that the real application filled: applied to an empty one, the rows are the application's. */
import assert from "node:assert/strict";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { withDatabase } from "../support/database.ts";
import { type Dump, dumpTables, type Row } from "../support/dump.ts";
import { exportOf, secretsOf } from "../support/export.ts";
import { quickHash, rememberedHash } from "../support/password_hash.ts";
import { loadRecording } from "../support/recordings.ts";
import { type Replay, replayRecording } from "../support/replay_recording.ts";
import { runCli } from "../support/run_cli.ts";

/** Exports organisations of a replayed recording, applies them to an empty database, and gives that before and after. */
async function carriedOver(
  recording: string,
  organisations: readonly string[],
  password: string,
): Promise<{ readonly source: Dump; readonly before: Dump; readonly after: Dump }> {
  const texts: string[] = [];
  let source: Dump = new Map();
  await withDatabase({}, async ({ sql, url }) => {
    await replayRecording(sql, await loadRecording(recording));
    source = await dumpTables(sql);
    for (const organisation of organisations) texts.push(await exportOf(url, organisation));
  });
  const text = texts.join("---\n");
  return await withDatabase({}, async ({ sql, url }) => {
    const before = await dumpTables(sql);
    const secrets = Object.keys(secretsOf(text)).map((name): [string, string] => [name, password]);
    const { code, err } = await runCli(["apply", "--file", "-"], {
      databaseUrl: url,
      stdin: text,
      env: Object.fromEntries(secrets),
      io: { hash: rememberedHash },
    });
    assert.equal(code, 0, err);
    return { source, before, after: await dumpTables(sql) };
  });
}

/** Rows of a table without the columns that differ from run to run. */
function facts(dump: Dump, table: string): readonly Row[] {
  return (dump.get(table) ?? []).map(({ id: _id, ...row }) => row);
}

Deno.test("export carries the E2E seed over, row by row", async () => {
  const { before, after } = await carriedOver(
    "e2e",
    ["Bullet Train Ltd", "E2E Separate Org", "E2E Billing Org"],
    "Str0ngp4ssw0rd!",
  );
  // The application's seed changes the subscription by a queryset update, which skips the history row of a save.
  const histories = after.get("organisations_historicalsubscription") ?? [];
  const saves = histories.filter((row) => row["history_type"] === "~");
  assert.equal(saves.length, 1);
  const run = {
    before,
    after: new Map([...after, [
      "organisations_historicalsubscription",
      histories.filter((row) => !saves.includes(row)),
    ]]),
  };
  assert.equal(formatDifferences(compareRecording(await loadRecording("e2e"), run)), "");
});

/** What the REST API writes for the user who calls it, and no management command: rights and ownership of the creator. */
const OF_THE_CALLER = [
  "environments_userenvironmentpermission",
  "projects_userprojectpermission",
  "features_feature_owners",
];

Deno.test("export carries the development data over, row by row, and the rights of its creator", async () => {
  const { source, before, after } = await carriedOver("dev", ["Acme, Inc."], "testpass1");
  const recording = await loadRecording("dev.orm");
  const differences = compareRecording(recording, { before, after }, { exclude: OF_THE_CALLER });
  assert.equal(formatDifferences(differences), "");
  for (const table of OF_THE_CALLER) {
    assert.equal(facts(after, table).length, facts(source, table).length, table);
    assert.ok(facts(source, table).length > 0, table);
  }
});

/** Databases that the application filled, on which something later builds: `core`, then `core.v2` with versioned flags. */
for (const names of [["core"], ["core", "core.v2"], ["core", "core.change"], ["core", "core.more"]]) {
  Deno.test(`export of the rows of ${names.join(" and ")}, applied to an empty database, exports the same text`, async () => {
    let text = "";
    await withDatabase({}, async ({ sql, url }) => {
      let replay: Replay | undefined;
      for (const name of names) {
        replay = await replayRecording(sql, await loadRecording(`older/2.265.0/${name}`), replay);
      }
      text = await exportOf(url, "Acme Corp");
    });
    await withDatabase({}, async ({ url }) => {
      const env = secretsOf(text);
      const { code, err } = await runCli(["apply", "--file", "-"], {
        databaseUrl: url,
        stdin: text,
        env,
        io: { hash: quickHash },
      });
      assert.equal(code, 0, err);
      assert.deepEqual((await exportOf(url, "Acme Corp")).split("\n"), text.split("\n"));
    });
  });
}

/** Releases whose databases look otherwise: rules without soft deletion, segments without revisions, options without keys. */
const OLDER = ["2.100.2", "2.126.0", "2.238.0"];

async function exportOfRelease(release: string): Promise<string> {
  return await withDatabase({ schema: release }, async ({ sql, url }) => {
    let replay: Replay | undefined;
    for (const name of ["core", "core.v2"]) {
      replay = await replayRecording(sql, await loadRecording(`older/${release}/${name}`), replay);
    }
    return await exportOf(url, "Acme Corp");
  });
}

/** Client-side keys are drawn at each replay; before 2.230.0 projects had lower limits, which an export says. */
function withoutKeys(text: string): readonly string[] {
  return text.replaceAll(/api_key: \w{22}/g, "api_key: …")
    .replace(
      "    settings: { max_features_allowed: 400, max_segments_allowed: 100, max_segment_overrides_allowed: 100 }\n",
      "",
    ).split("\n");
}

let newest: Promise<readonly string[]> | undefined;

for (const release of OLDER) {
  Deno.test(`export of a database of release ${release} says what one of 2.265.0 with the same content says`, async () => {
    assert.deepEqual(
      withoutKeys(await exportOfRelease(release)),
      await (newest ??= exportOfRelease("2.265.0").then(withoutKeys)),
    );
  });
}
