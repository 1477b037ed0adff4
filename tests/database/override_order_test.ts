/** The order of segment overrides is content: compared, shown, written with its history, and undone. */
import assert from "node:assert/strict";
import { merge, withFiles } from "../support/export_merge.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const RULE = {
  type: "ALL",
  conditions: [],
  rules: [{ type: "ANY", conditions: [{ property: "plan", operator: "EQUAL", value: "x" }], rules: [] }],
};

function document(versioned: boolean, overrides: readonly object[], onExists = "update") {
  return {
    version: "1.0",
    defaults: { on_exists: onExists },
    organisations: [{ name: "O" }],
    projects: [{
      name: "P",
      organisation: "O",
      environments: [{ name: "E", settings: { use_v2_feature_versioning: versioned } }],
      segments: ["a", "b", "c", "d"].map((name) => ({ name, rules: [RULE] })),
      features: [{ name: "f", environments: { E: { segment_overrides: overrides } } }],
    }],
  };
}

const named = (names: string): readonly object[] => [...names].map((segment) => ({ segment, enabled: true }));

async function order(sql: TestDatabase["sql"]): Promise<string> {
  const rows = await sql`select g.name || s.priority as place from features_featuresegment s
    join segments_segment g on g.id = s.segment_id
    where s.environment_feature_version_id is not distinct from (select uuid
      from feature_versioning_environmentfeatureversion where published_at is not null order by live_from desc limit 1)
    order by s.priority, s.id`;
  return rows.map(({ place }) => place).join(" ");
}

async function run(url: string, command: string, input: object, ...args: string[]) {
  const { code, out, err } = await runCli([command, "--file", "-", ...args], {
    databaseUrl: url,
    stdin: JSON.stringify(input),
  });
  return { code, out: out + err };
}

for (const versioned of [false, true]) {
  const where = versioned ? "in a versioned environment" : "in an environment without versions";
  Deno.test(`overrides change places among themselves under update ${where}, and teardown puts them back`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      await applyDocuments([document(versioned, named("abcd"))], { databaseUrl: url });
      // Others made all of it.
      await sql`drop table provisioning_log cascade`;
      const wish = document(versioned, named("db"));
      const plan = await run(url, "plan", wish, "--detailed-exitcode");
      assert.equal(plan.code, 2);
      assert.equal(plan.out.match(/order: \["b","d"\] → \["d","b"\]/g)?.length, 2, plan.out);
      const status = await run(url, "status", wish, "--detailed-exitcode");
      assert.equal(status.code, 2);
      assert.match(status.out, /order: \["b","d"\] \(file: \["d","b"\]\)/);
      const history =
        await sql`select coalesce(max(history_id), 0) as last from features_historicalfeaturesegment`;
      await applyDocuments([wish], { databaseUrl: url });
      assert.equal(await order(sql), "a0 d1 c2 b3");
      const saved = await sql`select g.name || h.priority as place from features_historicalfeaturesegment h
        join segments_segment g on g.id = h.segment_id
        where h.history_id > ${history[0]?.["last"]} and h.history_type = '~' order by h.history_id`;
      assert.deepEqual(saved.map(({ place }) => place), ["d1", "b3"]);
      assert.match((await run(url, "plan", wish)).out, /^Nothing to do\./);
      assert.match((await run(url, "status", wish)).out, /in sync/);
      const [again] = await applyDocuments([wish], { databaseUrl: url });
      assert.match(again?.out ?? "", /0 created, \d+ skipped/);
      const undone = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
      assert.equal(undone.code, 0, undone.err);
      assert.equal(await order(sql), "a0 b1 c2 d3");
    });
  });

  Deno.test(`a new override takes its place among the declared ones ${where}`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      await applyDocuments([
        document(versioned, named("ab")),
        document(versioned, [...named("ca"), { segment: "d", enabled: true, priority: 7 }, ...named("b")]),
      ], { databaseUrl: url });
      assert.equal(await order(sql), "c0 a1 b2 d7");
      const status = await run(url, "status", document(versioned, named("cab")), "--detailed-exitcode");
      assert.equal(status.code, 2, status.out);
    });
  });
}

for (const versioned of [false, true]) {
  const where = versioned ? "in a versioned environment" : "in an environment without versions";
  const at = (segment: string, priority: number) => ({ segment, enabled: true, priority });
  Deno.test(`overrides without a priority pass over those that others give ${where}`, async () => {
    for (
      const [before, after, wanted] of [
        [[], [...named("ab"), at("c", 0), at("d", 2)], "c0 a1 d2 b3"],
        [[], [at("c", 1), ...named("ab")], "a0 c1 b2"],
        [named("ab"), [at("d", 0), ...named("abc")], "d0 a1 b2 c3"],
        [named("ab"), [at("d", 3), ...named("abc")], "a0 b1 c2 d3"],
        [named("ab"), [at("d", 2), ...named("abc")], "a0 b1 d2 c3"],
      ] as const
    ) {
      await withDatabase({}, async ({ sql, url }) => {
        await applyDocuments([document(versioned, before)], { databaseUrl: url });
        await applyDocuments([document(versioned, after)], { databaseUrl: url });
        assert.equal(await order(sql), wanted);
        assert.match((await run(url, "plan", document(versioned, after))).out, /^Nothing to do\./);
      });
    }
  });
}

Deno.test("an export of overrides of one priority says their order, and is in sync", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([document(false, named("abc"))], { databaseUrl: url });
    await sql`update features_featuresegment set priority = case when id = (select max(id) from features_featuresegment) then 0 else 3 end`;
    const { code, out, err } = await runCli(["export", "--organisation", "O"], { databaseUrl: url });
    assert.deepEqual([code, err, /priority/.test(out)], [0, "", false]);
    for (const command of ["plan", "status"]) {
      const said = await runCli([command, "--file", "-", "--detailed-exitcode"], {
        databaseUrl: url,
        stdin: out,
      });
      assert.equal(said.code, 0, said.out + said.err);
    }
  });
});

Deno.test("overrides of one priority are merged into files that give priorities, and no priority twice", async () => {
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      await applyDocuments([document(false, named("ab"))], { databaseUrl: database.url });
      await database.sql`update features_featuresegment set priority = 0`;
      const path = `${directory}/a.json`;
      const file = document(false, [{ segment: "a", enabled: true, priority: 0 }]);
      await Deno.writeTextFile(path, JSON.stringify(file));
      const { code, err } = await merge(database, directory, "O");
      assert.deepEqual([code, err], [0, ""]);
      const { projects: [{ features: [feature] }] } = JSON.parse(await Deno.readTextFile(path));
      assert.deepEqual(feature.environments.E.segment_overrides, [
        { segment: "a", enabled: true, priority: 0 },
        { segment: "b", enabled: true },
      ]);
    }));
});

Deno.test("a new order is left alone under skip and counted, refused under fail, and ended by update", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([document(false, named("abc"))], { databaseUrl: url });
    const skip = await run(url, "apply", document(false, named("acb"), "skip"));
    assert.match(skip.out, /2 differ from the files/);
    assert.equal(await order(sql), "a0 b1 c2");
    const fail = await run(url, "plan", document(false, named("acb"), "fail"));
    assert.equal(fail.code, 1);
    assert.match(fail.out, /"E\/[bc]" exists already with other content \[FP302\]/);
    // Two that were made at the same time may have one priority: afterwards none have.
    await sql`update features_featuresegment set priority = 1`;
    await applyDocuments([document(false, named("cba"))], { databaseUrl: url });
    assert.equal(await order(sql), "c1 b2 a3");
  });
});

Deno.test("status counts content that the log does not know as in sync where the database holds it", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([document(false, named("abc"))], { databaseUrl: url });
    // As the log was written before the order counted, or by other files.
    await sql`alter table provisioning_log disable trigger user`;
    await sql`update provisioning_log set content_hash = 'v1:old' where content_hash is not null`;
    await sql`alter table provisioning_log enable trigger user`;
    const input = document(false, named("abc"), "fail");
    assert.equal((await run(url, "status", input, "--detailed-exitcode")).code, 0);
    assert.match((await run(url, "plan", input)).out, /^Nothing to do\./);
    const skip = await run(url, "apply", document(false, named("abc"), "skip"));
    assert.doesNotMatch(skip.out, /differ/);
    const events = async () => (await sql`select count(*)::int as n from provisioning_log`)[0]?.["n"];
    const before = await events();
    const update = document(false, named("abc"));
    assert.match((await run(url, "apply", update)).out, /0 created, \d+ skipped/);
    const after = await events();
    assert.ok(after > before);
    // The log knows the content from now on.
    assert.match((await run(url, "apply", update)).out, /0 created, \d+ skipped/);
    assert.equal(await events(), after);
    const undone = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(undone.code, 0, undone.err);
    assert.deepEqual([...await sql`select name from projects_project`], []);
  });
});
