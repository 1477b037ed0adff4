import assert from "node:assert/strict";
import fc from "fast-check";
import { compareClock } from "./compare_clock.ts";
import { compareOrder } from "./compare_order.ts";
import { compareRecording, formatDifferences, isAsRecorded } from "./compare_recording.ts";
import { diffDumps, type Dump, type Json, keyColumn, type Row } from "./dump.ts";
import { baseTable, catalog } from "./flagsmith_catalog.ts";
import { type Imagination, imagineRun } from "./imagined_run.ts";
import { isTarget, loadRecording, loadRecordings, parseSymbol, type Recording } from "./recordings.ts";
import { isFull } from "./property.ts";
import type { Run } from "./run_facts.ts";

/** Ids that no other table has, so that a reference to the wrong table cannot look right. */
function counting(): Imagination {
  let next = 1000;
  return { id: () => next++ };
}

function replaceRow(dump: Dump, table: string, index: number, row: Row | undefined): Dump {
  const rows = [...dump.get(table) ?? []];
  if (row === undefined) rows.splice(index, 1);
  else rows[index] = row;
  return new Map([...dump, [table, rows]]);
}

/** Another value of the same sort; undefined when another one would be just as right (an id that `text`, all of the recording, mentions once). */
function changed(
  text: string,
  recorded: Json,
  value: Json,
  table: string,
  column: string,
): Json | undefined {
  const symbol = parseSymbol(recorded);
  if (symbol !== undefined) {
    const mentions = text.split(`${recorded}"`).length - 1;
    const isOwnKey = column === (baseTable(table) === undefined ? "id" : "history_id");
    if (isOwnKey && mentions === 1 && typeof value === "number") return undefined;
    return typeof value === "number" ? 999_999 : null;
  }
  if (value === null) {
    return catalog().times.has(`${table}.${column}`) ? "2026-02-02T00:00:00+00:00" : "changed";
  }
  if (typeof value === "string" && catalog().times.has(`${table}.${column}`)) return null;
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  return typeof value === "string" ? `${value}x` : null;
}

const all = (await loadRecordings()).filter((recording) => recording.name !== "e2e.second");
const targets = all.filter(isTarget);

Deno.test("compareRecording() finds nothing when a run did what was recorded, for every recording", () => {
  assert.equal(all.length, 179);
  for (const recording of all) {
    const run = imagineRun(recording, counting());
    assert.deepEqual(compareRecording(recording, run), [], recording.name);
    assert.deepEqual(compareClock(recording, run), [], recording.name);
  }
});

Deno.test("compareRecording() finds nothing when ids, uuids and the order of rows are others", () => {
  fc.assert(
    fc.property(fc.constantFrom(...targets), fc.infiniteStream(fc.nat()), (recording, numbers) => {
      const used = new Set<number>();
      const draw = () => Number(numbers.next().value) % 1_000_000;
      const run = imagineRun(recording, {
        id: () => {
          let id = draw();
          while (used.has(id)) id++;
          used.add(id);
          return id;
        },
        shuffle: (rows) =>
          rows.map((row) => ({ row, at: draw() })).sort((a, b) => a.at - b.at).map(({ row }) => row),
      });
      return compareRecording(recording, run).length === 0;
    }),
    { numRuns: 60 },
  );
});

Deno.test("compareRecording() finds something when any one column of a row is another", () => {
  const missed: string[] = [];
  let tried = 0;
  const seen = new Map<string, number>();
  const smallFirst = Map.groupBy(targets, (recording) => recording.dataset === undefined);
  for (const recording of [...smallFirst.get(true) ?? [], ...smallFirst.get(false) ?? []]) {
    const run = imagineRun(recording, counting());
    const text = JSON.stringify([recording.rows, recording.updated, recording.deleted]);
    for (const [table, rows] of Object.entries(recording.rows)) {
      for (const column of Object.keys(rows[0] ?? {})) {
        // A different row of the table in each recording; a column that was tried often is left out of the large ones, which
        // come last, but for `FULL_TESTS`.
        const times = (seen.get(`${table}.${column}`) ?? 0) + 1;
        seen.set(`${table}.${column}`, times);
        if (times > 3 && recording.dataset !== undefined && !isFull()) continue;
        const index = times % rows.length;
        const row = run.after.get(table)?.[index];
        const value = row?.[column];
        if (row === undefined || value === undefined) continue;
        const other = changed(text, rows[index]?.[column] ?? null, value, table, column);
        if (other === undefined) continue;
        tried++;
        const after = replaceRow(run.after, table, index, { ...row, [column]: other });
        if (isAsRecorded(recording, { ...run, after })) {
          missed.push(`${recording.name} ${table}.${column}: ${value} → ${other}`);
        }
      }
    }
  }
  assert.deepEqual(missed, []);
  assert(tried > 4000, `only ${tried} changes tried`);
});

Deno.test("compareRecording() finds something when any one row is missing, twice there or not updated", () => {
  const missed: string[] = [];
  const expect = (recording: Recording, run: Run, what: string) => {
    if (isAsRecorded(recording, run)) missed.push(`${recording.name} ${what}`);
  };
  for (const recording of targets) {
    const run = imagineRun(recording, counting());
    const diff = diffDumps(run.before, run.after);
    for (const [table, rows] of diff.inserted) {
      const list = run.after.get(table) ?? [];
      const last = rows.at(-1);
      if (last === undefined) continue;
      expect(
        recording,
        { ...run, after: replaceRow(run.after, table, list.indexOf(last), undefined) },
        `without ${table}`,
      );
      const key = keyColumn(last) ?? "id";
      const twin = { ...last, [key]: typeof last[key] === "number" ? 888_888 : crypto.randomUUID() };
      expect(
        recording,
        { ...run, after: replaceRow(run.after, table, list.length, twin) },
        `with two ${table}`,
      );
    }
    for (const [table, [first]] of diff.updated) {
      const index = run.after.get(table)?.findIndex((row) => row === first?.after) ?? -1;
      expect(
        recording,
        { ...run, after: replaceRow(run.after, table, index, first?.before) },
        `${table} not updated`,
      );
    }
  }
  assert.deepEqual(missed, []);
});

Deno.test("compareRecording() finds something when two rows of a table exchange what they refer to", () => {
  const missed: string[] = [];
  for (const name of ["dev.orm", "e2e", "older/2.265.0/core"]) {
    const recording = all.find((candidate) => candidate.name === name);
    assert(recording !== undefined);
    const run = imagineRun(recording, counting());
    for (
      const [table, column] of [
        ["features_featurestatevalue", "feature_state_id"],
        ["features_historicalfeaturestate", "id"],
        ["features_historicalfeaturestate", "environment_id"],
        ["segments_condition", "rule_id"],
        ["features_featurestate", "feature_id"],
      ] as const
    ) {
      const rows = run.after.get(table) ?? [];
      const [first] = rows;
      // The values of different states differ, so exchanging the references cannot be a renaming.
      const other = rows.findIndex((row) =>
        row[column] !== first?.[column] && plain(row, table) !== plain(first ?? {}, table)
      );
      const second = rows[other];
      if (first === undefined || second === undefined) continue;
      const after = replaceRow(
        replaceRow(run.after, table, 0, { ...first, [column]: second[column] ?? null }),
        table,
        other,
        { ...second, [column]: first[column] ?? null },
      );
      if (isAsRecorded(recording, { ...run, after })) {
        missed.push(`${name} ${table}.${column}`);
      }
    }
  }
  assert.deepEqual(missed, []);
});

/** The columns of a row that are neither references nor times. */
function plain(row: Row, table: string): string {
  const { references, times, uuids } = catalog();
  return JSON.stringify(
    Object.entries(row).filter(([column]) =>
      !["id", "history_id", "mv_hashing_salt"].includes(column) &&
      ![references, times, uuids].some((facts) => facts.has(`${table}.${column}`))
    ),
  );
}

Deno.test("compareRecording() names row, column and both values when a column differs", async () => {
  const recording = await loadRecording("operations/tag.plain.orm");
  const run = imagineRun(recording, { id: () => 7 });
  const [tag] = run.after.get("tags_tag") ?? [];
  const after = replaceRow(run.after, "tags_tag", 0, { ...tag, color: "#000000", project_id: 8 });
  assert.deepEqual(formatDifferences(compareRecording(recording, { ...run, after })).split("\n"), [
    'tags_tag $tags_tag.1, color: wanted "#ff0000", got "#000000"',
    "tags_tag $tags_tag.1, project_id: wanted $projects_project.1, got projects_project 8",
  ]);
});

Deno.test("compareRecording() rejects a password hash when it is of another password", async () => {
  const recording = await loadRecording("operations/user.superuser.password.orm");
  const run = imagineRun(recording, counting());
  const [user] = run.after.get("users_ffadminuser") ?? [];
  // Another last character but one: any replacement of a fixed one would now and then be the character itself.
  const password = `${user?.["password"]}`.replace(
    /(.)(.=)$/,
    (_, kept, end) => (kept === "A" ? "B" : "A") + end,
  );
  const after = replaceRow(run.after, "users_ffadminuser", 0, { ...user, password });
  assert.deepEqual(compareRecording(recording, { ...run, after }).map(({ column, got }) => [column, got]), [
    ["password", "a hash of none of the recorded passwords"],
  ]);
});

Deno.test("compareRecording() tells existing rows apart by rank only when asked to", async () => {
  const recording = await loadRecording("operations/environment.update.orm");
  let next = 1;
  const run = imagineRun(recording, { id: () => next++ });
  // The first environment exists too; the recording is about the second.
  const other = (dump: Dump, id: number): Dump =>
    new Map([...dump, ["environments_environment", [...dump.get("environments_environment") ?? [], { id }]]]);
  const with0 = { before: other(run.before, 0), after: other(run.after, 0) };
  const with9 = { before: other(run.before, 99), after: other(run.after, 99) };
  const found = [with0, with9].map((database) => [
    compareRecording(recording, database).length,
    compareRecording(recording, database, { existing: "rank" }).length > 0,
  ]);
  assert.deepEqual(found, [[0, false], [0, true]]);
});

Deno.test("compareClock() names the pair when timestamps are in another order, or equal", async () => {
  const recording = await loadRecording("bootstrap");
  const run = imagineRun(recording, counting());
  const [project] = run.after.get("projects_project") ?? [];
  const [organisation] = run.after.get("organisations_organisation") ?? [];
  const at = (time: Json | undefined) => ({
    ...run,
    after: replaceRow(run.after, "projects_project", 0, { ...project, created_date: time ?? null }),
  });
  const early = "2025-12-31T00:00:00+00:00";
  assert.deepEqual(formatDifferences(compareClock(recording, at(early))).split("\n"), [
    "projects_project $projects_project.1, created_date: wanted later than " +
    "$organisations_userorganisation.1.date_joined (2026-01-01T00:00:00.004000), got 2025-12-31T00:00:00.000000",
  ]);
  const [membership] = run.after.get("organisations_userorganisation") ?? [];
  assert.equal(compareClock(recording, at(membership?.["date_joined"])).length, 1);
  assert.equal(compareClock(recording, at(membership?.["date_joined"]), { allowEqual: true }).length, 0);
  assert.equal(compareClock(recording, at(organisation?.["created_date"]), { allowEqual: true }).length, 1);
});

Deno.test("compareOrder() names the table when rows of one parent are numbered in another order", async () => {
  const recording = await loadRecording("operations/feature.multivariate.orm");
  const run = imagineRun(recording, counting());
  const table = "multivariate_multivariatefeatureoption";
  const options = run.after.get(table) ?? [];
  // The same rows with the numbers exchanged, wherever they stand.
  const [first, last] = [options[0]?.["id"], options.at(-1)?.["id"]];
  const swap = (value: Json): Json => value === first ? last ?? null : value === last ? first ?? null : value;
  const after = new Map([...run.after].map(([name, rows]) => [
    name,
    rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([column, value]) => [column, swap(value)]))
    ),
  ]));
  const swapped = { ...run, after };
  assert.notEqual(first, last);
  assert.deepEqual(compareRecording(recording, swapped), []);
  assert.deepEqual(compareOrder(recording, run, new Map([[table, "feature_id"]])), []);
  assert.deepEqual(
    compareOrder(recording, swapped, new Map([[table, "feature_id"]])).map((found) => found.table),
    [table],
  );
});
