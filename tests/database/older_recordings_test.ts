/** Older releases: the rows that each of them writes, every column of every table, history included. */
import { isFull } from "../support/property.ts";
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { compareClock } from "../support/compare_clock.ts";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { withDatabase } from "../support/database.ts";
import { stepsOf } from "../support/document_steps.ts";
import { diffDumps, type Dump, dumpTables, type Json, keyColumn, type Row } from "../support/dump.ts";
import { baseTable } from "../support/flagsmith_catalog.ts";
import { applied } from "../support/given.ts";
import { loadRecording, type Recording } from "../support/recordings.ts";
import { replayRecording } from "../support/replay_recording.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import type { Run } from "../support/run_facts.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { assertUntouched } from "../support/untouched.ts";
import { withoutTouch } from "../support/without_touch.ts";

/** With `FULL_TESTS` also 2.265.0, whose recordings `recorded_operations_test.ts` follows one by one. */
const RECORDED = [
  "2.100.2",
  "2.126.0",
  "2.150.0",
  "2.181.0",
  "2.210.0",
  "2.238.0",
  "2.262.0",
  ...(isFull() ? ["2.265.0"] : []),
];

/**
 * Schemas without recordings of their own, and the recorded release whose behavior they have, with some of its columns
 * (`tests/data/recordings/older/README.md`).
 */
const ALIKE: readonly (readonly [schema: string, recorded: string])[] = [
  ["2.115.0", "2.126.0"],
  ["2.190.0", "2.210.0"],
  ["2.254.0", "2.262.0"],
  ["2.261.0", "2.262.0"],
];
/** Of those alike the first one; with `FULL_TESTS` all. */
const PAIRS = [
  ...RECORDED.map((release) => [release, release] as const),
  ...(isFull() ? ALIKE : ALIKE.slice(0, 1)),
];
/** Deletions of each third release, the oldest one among them; with `FULL_TESTS` of all. */
const PAIRS_WITH_DELETIONS = isFull() ? PAIRS : PAIRS.filter((_, at) => at % 3 === 0);

/** The recording of a later release with the same behavior, without the columns that this database lacks. */
async function inColumnsOf(sql: Sql, recording: Recording): Promise<Recording> {
  const columns = await sql<{ name: string }[]>`select table_name || '.' || column_name as name
    from information_schema.columns where table_schema = 'public'`;
  const known = new Set(columns.map(({ name }) => name));
  const cut = (table: string, row: Row): Row =>
    Object.fromEntries(Object.entries(row).filter(([column]) => known.has(`${table}.${column}`)));
  const cutAll = <T>(lists: Readonly<Record<string, readonly T[]>>, one: (table: string, item: T) => T) =>
    Object.fromEntries(
      Object.entries(lists).map(([table, items]) => [table, items.map((item) => one(table, item))]),
    );
  return {
    ...recording,
    rows: cutAll(recording.rows, cut),
    updated: cutAll(recording.updated, (table, { row, before, after }) => ({
      row,
      before: cut(table, before),
      after: cut(table, after),
    })),
    deleted: cutAll(recording.deleted, cut),
  };
}

/** A recording of the database's own release, or of one alike. */
async function load(sql: Sql, schema: string, recorded: string, name: string): Promise<Recording> {
  const recording = await loadRecording(`older/${recorded}/${name}`);
  return schema === recorded ? recording : await inColumnsOf(sql, recording);
}

function documents({ input }: Recording): readonly unknown[] {
  return Array.isArray(input) ? input : [input];
}

/** Applies the input of a recording, each of its documents in turn, and compares all rows with it. */
async function follow(sql: Sql, url: string, recording: Recording): Promise<Run> {
  const before = await dumpTables(sql);
  await applyDocuments(documents(recording), { databaseUrl: url });
  return compare(recording, before, await dumpTables(sql));
}

function compare(recording: Recording, before: Dump, after: Dump): Run {
  const run = { before, after: withoutTouch(before, after) };
  assert.equal(formatDifferences(compareRecording(recording, run)), "", recording.name);
  return run;
}

for (const [release, recorded] of PAIRS) {
  const alike = release === recorded ? "" : ` as ${recorded} does`;
  /** A database in which `core` has been applied. */
  const withCore = async () => {
    const core = await loadRecording(`older/${recorded}/core`);
    return { schema: release, given: applied(documents(core).flatMap(stepsOf)) };
  };

  Deno.test(`apply() writes the rows of ${release}${alike}: core, core.more, core.change`, async () => {
    const empty = await withDatabase({ schema: release }, ({ sql }) => dumpTables(sql));
    await withDatabase(await withCore(), async ({ sql, url }) => {
      compare(await load(sql, release, recorded, "core"), empty, await dumpTables(sql));
      const more = await load(sql, release, recorded, "core.more");
      const run = await follow(sql, url, more);
      assert.equal(formatDifferences(compareClock(more, run)), "");
      await follow(sql, url, await load(sql, release, recorded, "core.change"));
      const { code, out, err } = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
      assert.equal(code, 0, out + err);
      assertTornDown(empty, await dumpTables(sql));
    });
  });

  Deno.test(`apply() writes the rows of ${release}${alike}: core.v2`, async () => {
    await withDatabase(await withCore(), async ({ sql, url }) => {
      await follow(sql, url, await load(sql, release, recorded, "core.v2"));
    });
  });
}

const IN_DEVELOPMENT = { project: "Web App", environment: "Development" };

/** The deletions of `core.delete`, as a file asks for them. */
const DELETED = {
  organisations: [{ name: "Acme Corp", members: [{ email: "dev@example.com", ensure: "absent" }] }],
  master_api_keys: [{ name: "CI", organisation: "Acme Corp", ensure: "absent" }],
  projects: [{
    name: "Web App",
    organisation: "Acme Corp",
    tags: [{ label: "ui", ensure: "absent" }],
    environments: [
      { name: "Development", server_side_environment_keys: [{ name: "server", ensure: "absent" }] },
      { name: "Production", ensure: "absent" },
    ],
    segments: [{ name: "beta_users", ensure: "absent" }],
    features: [{ name: "button_colour", ensure: "absent" }],
  }],
  segment_overrides: [{ ...IN_DEVELOPMENT, feature: "page_size", segment: "beta_users", ensure: "absent" }],
  identity_overrides: [{ ...IN_DEVELOPMENT, feature: "banner_text", identifier: "alice", ensure: "absent" }],
};

const keyOf = (row: Row): Json => row[keyColumn(row) ?? ""] ?? null;

/** Keys of the rows that the application still shows, by table: neither history nor records of deletions, nor soft-deleted. */
function shown(dump: Dump): Readonly<Record<string, readonly Json[]>> {
  return Object.fromEntries(
    [...dump].filter(([table]) => !/_historical|^softdelete_|^provisioning_log$/.test(table))
      .map(([table, rows]) => [table, rows.filter((row) => (row["deleted_at"] ?? null) === null).map(keyOf)]),
  );
}

for (const [release, recorded] of PAIRS_WITH_DELETIONS) {
  Deno.test(`ensure: absent takes what the deletions of ${release} take out of sight, history included`, async () => {
    const expected = await withDatabase({ schema: release }, async ({ sql }) => {
      const made = await replayRecording(sql, await load(sql, release, recorded, "core"));
      await replayRecording(sql, await load(sql, release, recorded, "core.delete"), made);
      return await dumpTables(sql);
    });
    await withDatabase({ schema: release }, async (database) => {
      const { sql, url } = database;
      // The same rows under the same ids, from sequences that begin alike.
      await replayRecording(sql, await load(sql, release, recorded, "core"));
      const before = await dumpTables(sql);
      const stdin = JSON.stringify({ version: "1.0", ...DELETED });
      const { code, out, err } = await runCli(["apply", "--file", "-", "--allow-delete"], {
        databaseUrl: url,
        stdin,
      });
      assert.equal(code, 0, err);
      const after = await dumpTables(sql);
      assert.deepEqual(shown(after), shown(expected));
      const diff = diffDumps(before, withoutTouch(before, after));
      assert.deepEqual([...diff.updated], [], out);
      assert.deepEqual([...diff.inserted.keys()], ["provisioning_log"]);
      // What is gone for good leaves no history; of what stays every row of history stays.
      for (const [history, rows] of before) {
        const base = baseTable(history);
        if (base === undefined) continue;
        const left = new Set((after.get(base) ?? []).map(keyOf));
        const kept = rows.filter((row) => left.has(row["id"] ?? row["uuid"] ?? null));
        assert.deepEqual(after.get(history), kept, history);
      }
      const again = await assertUntouched(
        database,
        () => runCli(["--file", "-"], { databaseUrl: url, stdin }),
      );
      assert.match(again.out, /0 created, \d+ skipped/);
    });
  });
}
