/** Conditions of segments on flags: the index that Flagsmith 2.274.0 keeps of them, and what it refuses. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { stepsOf } from "../support/document_steps.ts";
import { dumpTables } from "../support/dump.ts";
import { exportOf, exportResult } from "../support/export.ts";
import { merge, withFiles } from "../support/export_merge.ts";
import { loadRecording, withoutRequest } from "../support/recordings.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { assertUntouched } from "../support/untouched.ts";

const schema = "2.274.0";
const INDEX = "feature_dependencies_segmentflagreference";

const on = (property: string) => ({ property, operator: "EQUAL", value: "true" });
const segment = (name: string, ...properties: readonly string[]) => ({
  name,
  project: "Web",
  rules: [{ type: "ALL", conditions: properties.map(on) }],
});
const override = (feature: string, name: string, environment = "Dev") => ({
  feature,
  project: "Web",
  environment,
  segment: name,
  enabled: true,
});
const features = (...names: readonly string[]) => names.map((name) => ({ name, project: "Web" }));
const WEB = {
  organisations: [{ name: "Acme" }],
  projects: [{ name: "Web", organisation: "Acme", environments: [{ name: "Dev" }, { name: "Prod" }] }],
};

/** The index, in the order of its ids, by names. */
async function index(sql: Sql): Promise<readonly string[]> {
  const rows = await sql<{ line: string }[]>`
    select s.name || ' ' || r.condition_json_path || ' ' || f.name as line
    from feature_dependencies_segmentflagreference r
    join segments_segment s on s.id = r.segment_id join features_feature f on f.id = r.prerequisite_feature_id
    order by r.id`;
  return rows.map(({ line }) => line);
}

/** Applies a document that must be refused without a trace, and gives what was said. */
async function refusal(
  database: Parameters<typeof assertUntouched>[0],
  document: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const { code, err } = await assertUntouched(
    database,
    () =>
      runCli(["-f", "-"], {
        databaseUrl: database.url,
        stdin: JSON.stringify({ version: "1.0", ...document }),
      }),
  );
  assert.equal(code, 1, err);
  return err.split("\n").filter((line) => /(error|hint): /.test(line)).map((line) =>
    line.replace(/^<stdin>:[\d:]+ /, "").trim()
  );
}

Deno.test("apply() writes the rows that a request writes for a segment with a condition on a flag", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    const recording = withoutRequest(
      await loadRecording(`newest/${schema}/operations/segment.flag_reference.rest`),
    );
    await applyDocuments(stepsOf(recording.given), { databaseUrl: url });
    const before = await dumpTables(sql);
    await applyDocuments([recording.input], { databaseUrl: url });
    const after = await dumpTables(sql);
    const table = "environments_environment";
    const run = { before, after: new Map([...after, [table, before.get(table) ?? []]]) };
    assert.equal(formatDifferences(compareRecording(recording, run)), "");
    assert.equal((after.get(INDEX) ?? []).length, 1);
  });
});

Deno.test("the index follows conditions as they are stored, is renewed by an update, restored and removed by teardown", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    const empty = await dumpTables(sql);
    const tree = (outer: string, ...inner: readonly string[]) => ({
      name: "tree",
      project: "Web",
      rules: [
        {
          type: "ALL",
          conditions: [on("plan"), on(outer)],
          rules: [{ type: "ANY", conditions: inner.map(on) }],
        },
        { type: "ANY", conditions: [on("$.flags['z-last'].value")] },
      ],
    });
    // The flags come after the segments in the file and by name: they are written first all the same.
    await applyDocuments([{
      ...WEB,
      segments: [tree("$.flags.b.enabled", "$.flags.a.enabled", "$['flags'].c", "$.flags.b.value")],
      features: features("a", "b", "c", "z-last"),
    }], { databaseUrl: url });
    const first = [
      "tree $[0].conditions[1] b",
      "tree $[0].rules[0].conditions[0] a",
      "tree $[0].rules[0].conditions[2] b",
      "tree $[1].rules[0].conditions[0] z-last",
    ];
    assert.deepEqual(await index(sql), first);
    const made = await dumpTables(sql);
    assert.doesNotMatch(await exportOf(url, "Acme"), /segmentflagreference/);
    const update = { on_exists: "update" };
    const [changed] = await applyDocuments([{
      defaults: update,
      segments: [tree("country", "$.flags.c.enabled")],
    }], { databaseUrl: url });
    assert.match(changed?.out ?? "", /^Updated segment "tree"/m);
    assert.deepEqual(await index(sql), [
      "tree $[0].rules[0].conditions[0] c",
      "tree $[1].rules[0].conditions[0] z-last",
    ]);
    const [run] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    const undo = await runCli(["teardown", "--run", String(run?.["run_id"]), "--yes"], { databaseUrl: url });
    assert.equal(undo.code, 0, undo.err);
    assertTornDown(made, await dumpTables(sql));
    // A save in the dashboard gives the rows other ids; they are ours all the same.
    await sql`insert into feature_dependencies_segmentflagreference (condition_json_path, prerequisite_feature_id, segment_id)
      select condition_json_path, prerequisite_feature_id, segment_id from feature_dependencies_segmentflagreference order by id`;
    await sql`delete from feature_dependencies_segmentflagreference where id <= 6`;
    const all = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(all.code, 0, all.out + all.err);
    assertTornDown(empty, await dumpTables(sql));
  });
});

Deno.test("teardown restores the index also when the application has written it anew in between", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    const databaseUrl = url;
    await applyDocuments([
      { ...WEB, features: features("a", "b"), segments: [segment("s", "$.flags.a.enabled")] },
      { defaults: { on_exists: "update" }, segments: [segment("s", "$.flags.b.enabled", "$.flags.a.value")] },
    ], { databaseUrl });
    await sql`insert into feature_dependencies_segmentflagreference (condition_json_path, prerequisite_feature_id, segment_id)
      select condition_json_path, prerequisite_feature_id, segment_id from feature_dependencies_segmentflagreference order by id`;
    await sql`delete from feature_dependencies_segmentflagreference where id <= 3`;
    const [run] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    const undo = await runCli(["teardown", "--run", String(run?.["run_id"]), "--yes"], { databaseUrl });
    assert.equal(undo.code, 0, undo.err);
    assert.deepEqual(await index(sql), ["s $[0].rules[0].conditions[0] a"]);
  });
});

Deno.test("ensure: absent of a flag takes its entries of the index along, and the segment stays", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    await applyDocuments([{
      ...WEB,
      features: features("a", "b"),
      segments: [segment("s", "$.flags.a.enabled", "$.flags.b.enabled")],
    }], { databaseUrl: url });
    const stdin = JSON.stringify({
      version: "1.0",
      features: [{ name: "a", project: "Web", ensure: "absent" }],
    });
    const { code, err } = await runCli(["-f", "-", "--allow-delete"], { databaseUrl: url, stdin });
    assert.equal(code, 0, err);
    assert.deepEqual(await index(sql), ["s $[0].rules[0].conditions[1] b"]);
    const [left] = await sql`select count(*)::int as n from segments_segment where deleted_at is null`;
    assert.equal(left?.["n"], 1);
    // What is live already is not refused; only writing it would be.
    const again = await applyDocuments([{
      segments: [segment("s", "$.flags.a.enabled", "$.flags.b.enabled")],
    }], { databaseUrl: url });
    assert.match(again[0]?.out ?? "", /0 created, 1 skipped/);
  });
});

Deno.test("apply refuses a condition on a flag that the project does not have, or calls otherwise", async () => {
  await withDatabase({ schema }, async (database) => {
    assert.deepEqual(
      await refusal(database, {
        ...WEB,
        features: features("base"),
        segments: [segment("s", "$.flags.nobody.enabled"), segment("t", "$.flags.Base.enabled")],
      }),
      [
        'error: The condition asks for flag "nobody", which project "Web" does not have [FP209]',
        "= hint: Flagsmith refuses such a segment",
        'error: The condition asks for flag "Base", which project "Web" does not have [FP209]',
        '= hint: It is called "base"; names of flags in conditions are compared letter by letter',
      ],
    );
  });
});

Deno.test("apply refuses overrides by which a flag would depend on itself, as the files show", async () => {
  await withDatabase({ schema }, async (database) => {
    const document = {
      ...WEB,
      features: features("a", "b", "c"),
      segments: [segment("on_a", "$.flags.a.enabled"), segment("on_b", "$.flags.b.enabled")],
    };
    assert.deepEqual(
      await refusal(database, {
        ...document,
        segment_overrides: [override("a", "on_b"), override("b", "on_a"), override("c", "on_a")],
      }),
      [
        'error: In environment "Dev" flag "a" would depend on itself: "a" → "b" → "a" [FP210]',
        "= hint: Each is overridden for a segment with a condition on the next; remove one of these overrides or conditions",
      ],
    );
    assert.deepEqual(
      await refusal(database, { ...document, segment_overrides: [override("a", "on_a")] }),
      [
        'error: In environment "Dev" flag "a" would depend on itself: "a" → "a" [FP210]',
        "= hint: Each is overridden for a segment with a condition on the next; remove one of these overrides or conditions",
      ],
    );
    // In two environments nothing leads back.
    await applyDocuments([{
      ...document,
      segment_overrides: [override("a", "on_b"), override("b", "on_a", "Prod")],
    }], { databaseUrl: database.url });
  });
});

Deno.test("apply refuses overrides by which a flag would depend on itself together with what is live", async () => {
  await withDatabase({ schema }, async (database) => {
    await applyDocuments([{
      ...WEB,
      features: features("a", "b", "c"),
      segments: [
        segment("on_b", "$.flags.b.enabled"),
        segment("on_a", "$.flags.a.enabled"),
        segment("plain", "x"),
      ],
      segment_overrides: [override("a", "on_b"), override("b", "plain")],
    }], { databaseUrl: database.url });
    const circle = (flag: string, other: string) => [
      `error: In environment "Dev" flag "${flag}" would depend on itself: "${flag}" → "${other}" → "${flag}" [FP210]`,
      "= hint: Each is overridden for a segment with a condition on the next; remove one of these overrides or conditions",
    ];
    assert.deepEqual(
      await refusal(database, { segment_overrides: [override("b", "on_a")] }),
      circle("b", "a"),
    );
    const changed = await refusal(database, {
      defaults: { on_exists: "update" },
      segments: [segment("plain", "$.flags.a.enabled")],
    });
    assert.deepEqual(changed, circle("b", "a"));
    await applyDocuments([{ segment_overrides: [override("c", "on_a")] }], { databaseUrl: database.url });
  });
});

Deno.test("conditions on flags are written with a warning where they never match, and without an index before 2.274.0", async () => {
  for (const [release, warns] of [["2.265.0", true], ["2.266.0", true]] as const) {
    await withDatabase({ schema: release }, async ({ sql, url }) => {
      const stdin = JSON.stringify({
        version: "1.0",
        ...WEB,
        segments: [segment("s", "$.flags.nobody.enabled")],
      });
      const { code, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin });
      assert.equal(code, 0, err);
      assert.equal(
        /warning: A condition on a flag never matches in this Flagsmith .* \[FP152\]/.test(err),
        warns,
      );
      const [row] = await sql`select property from segments_condition`;
      assert.equal(row?.["property"], "$.flags.nobody.enabled");
    });
  }
});

/** Live segments with conditions on flags that were deleted or got another name, and an override of one of them. */
async function orphaned({ sql, url }: TestDatabase): Promise<string> {
  const document = {
    ...WEB,
    features: features("gone", "Renamed", "left", "other"),
    segments: [
      segment("s", "$.flags.gone.enabled", "$.flags.left.value", "$.flags.gone.value"),
      segment("t", "$.flags.Renamed.enabled"),
      segment("u", "$.flags.left.enabled"),
    ],
    segment_overrides: [override("other", "s"), override("gone", "u")],
  };
  await applyDocuments([document], { databaseUrl: url });
  await sql`update features_feature set deleted_at = now() where name = 'gone'`;
  await sql`update features_feature set name = 'renamed' where name = 'Renamed'`;
  return JSON.stringify({ version: "1.0", ...document });
}

const GONE = 'The condition asks for flag "gone", which project "Web" does not have';
const RENAMED = 'The condition asks for flag "Renamed", which project "Web" does not have';
const HINTS = [
  "Flagsmith refuses such a segment",
  'It is called "renamed"; names of flags in conditions are compared letter by letter',
] as const;

Deno.test("export omits segments with conditions on flags that the project does not have, since apply refuses them", async () => {
  await withDatabase({ schema }, async (database) => {
    await orphaned(database);
    const { code, out, err } = await exportResult(database.url, "Acme");
    const refused = (title: string, why: string, hint?: string) =>
      `warning: ${title} is left out, because apply would refuse it (${why} [FP441]\n` +
      (hint === undefined ? "" : `  = hint: ${hint}\n`);
    assert.deepEqual([code, err], [
      0,
      refused('Segment "s" in project "Web"', `FP209): ${GONE}`, HINTS[0]) +
      refused('Segment "t" in project "Web"', `FP209): ${RENAMED}`, HINTS[1]) +
      refused(
        'Segment override "s" in environment "Dev" of feature "other" of project "Web"',
        'FP251): Segment "s" is not declared in any file in project "Web"',
      ),
    ]);
    assert.match(out, /\$\.flags\.left\.enabled/);
    await withDatabase({ schema }, async ({ url }) => {
      const stdin = out;
      const valid = await runCli(["validate", "--closed", "-f", "-"], { stdin });
      assert.deepEqual([valid.code, valid.err], [0, ""]);
      const applied = await runCli(["-f", "-"], { databaseUrl: url, stdin });
      assert.equal(applied.code, 0, applied.err);
      assert.equal(await exportOf(url, "Acme"), out);
    });
  });
});

Deno.test("export keeps conditions on flags that the project does not have where Flagsmith takes them, and warns", async () => {
  await withDatabase({ schema: "2.266.0" }, async (database) => {
    await orphaned(database);
    const { code, out, err } = await exportResult(database.url, "Acme");
    const refused = (line: number, property: string, why: string, hint: string) =>
      `<export>:${line}:29: warning: Flagsmith 2.274.0 and later would refuse this (FP209): ${why} [FP444]
   |
${line} |               - { property: ${property}, operator: EQUAL, value: "true" }
   |                             ^${"~".repeat(property.length - 1)}
   = hint: ${hint}
`;
    assert.deepEqual([code, err], [
      0,
      refused(17, "$.flags.gone.enabled", GONE, HINTS[0]) +
      refused(19, "$.flags.gone.value", GONE, HINTS[0]) +
      refused(24, "$.flags.Renamed.enabled", RENAMED, HINTS[1]),
    ]);
    await withDatabase({ schema: "2.266.0" }, async ({ url }) => {
      const applied = await runCli(["-f", "-"], { databaseUrl: url, stdin: out });
      assert.equal(applied.code, 0, applied.err);
    });
  });
});

Deno.test("export --merge-into warns of conditions on flags that the project does not have, and leaves them in files", async () => {
  const said = {
    "2.274.0": [
      `Segment "s" in project "Web" is left out, because apply would refuse it (FP209): ${GONE} [FP441]`,
      `Segment "t" in project "Web" is left out, because apply would refuse it (FP209): ${RENAMED} [FP441]`,
    ],
    "2.266.0": [
      `Flagsmith 2.274.0 and later would refuse segment "s" in project "Web" (FP209): ${GONE} [FP444]`,
      `Flagsmith 2.274.0 and later would refuse segment "t" in project "Web" (FP209): ${RENAMED} [FP444]`,
    ],
  };
  for (const [release, warnings] of Object.entries(said)) {
    await withDatabase({ schema: release }, async (database) => {
      await withFiles([], async (directory) => {
        const file = `${directory}/all.yaml`;
        const text = await orphaned(database);
        await Deno.writeTextFile(file, text);
        const { code, err } = await merge(database, directory, "Acme");
        assert.equal(code, 0, err);
        const found = err.split("\n").filter((line) => line.includes("FP209")).map((line) =>
          line.replace("warning: ", "")
        );
        assert.deepEqual(found, warnings, release);
        assert.deepEqual(
          JSON.parse(await Deno.readTextFile(file)).segments,
          JSON.parse(text).segments,
          release,
        );
      });
    });
  }
});
