/** The table of decisions, line by line: live row × last log event × `on_exists`. One feature in a live project. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { diffDumps, type DumpDiff, dumpTables } from "../support/dump.ts";
import { applied } from "../support/given.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";

const POLICIES = ["skip", "update", "fail"] as const;
type Policy = typeof POLICIES[number];

const BASE = {
  organisations: [{ name: "O" }],
  projects: [{ name: "Web", organisation: "O", environments: [{ name: "Dev" }] }],
};

const GIVEN = applied([BASE]);
const FLAG = { name: "flag", project: "Web", default_enabled: true, description: "as declared" };

/** What a run did. */
interface Outcome extends Pick<CliResult, "code" | "out" | "err"> {
  readonly diff: DumpDiff;
}

/** What happened before the run that is looked at. */
type Past = (sql: Sql, url: string) => Promise<unknown>;

const declaredBefore: Past = (_sql, databaseUrl) => applyDocuments([{ features: [FLAG] }], { databaseUrl });

/** The rows stay, the log forgets them: as if made in the dashboard or by Flagsmith's own commands. */
const forget: Past = async (sql) => {
  await sql`alter table provisioning_log disable trigger user`;
  await sql`delete from provisioning_log where kind = 'feature'`;
  await sql`alter table provisioning_log enable trigger user`;
};

const hardDelete: Past = async (sql) => {
  await sql`delete from features_featurestatevalue`;
  await sql`delete from features_featurestate`;
  await sql`delete from features_feature`;
};

/** The event that a teardown leaves. */
const tearDown: Past = async (sql) => {
  await hardDelete(sql, "");
  await sql`insert into provisioning_log (run_id, command, event, kind, address, content_hash, rows, details,
      tool_version, schema_release, actor, source)
    select gen_random_uuid(), 'teardown', 'deleted', kind, address, content_hash, '{}', '{}', tool_version,
      schema_release, actor, source from provisioning_log where kind = 'feature'`;
};

async function outcome(
  past: readonly Past[],
  feature: Readonly<Record<string, unknown>>,
): Promise<Outcome> {
  return await withDatabase({ given: GIVEN }, async ({ sql, url }) => {
    for (const step of past) await step(sql, url);
    const before = await dumpTables(sql);
    const stdin = JSON.stringify({ version: "1.0", features: [feature] });
    const { code, out, err } = await runCli(["apply", "--file", "-"], { databaseUrl: url, stdin });
    return { code, out, err, diff: diffDumps(before, await dumpTables(sql)) };
  });
}

function events({ diff }: Outcome): readonly string[] {
  return (diff.inserted.get("provisioning_log") ?? []).map((row) => `${row["event"]} ${row["address"]}`);
}

/** `table: columns` of each changed row. */
function changes({ diff }: Outcome): readonly string[] {
  return [...diff.updated].flatMap(([table, rows]) =>
    rows.map((row) => `${table}: ${row.columns.filter((c) => c !== "updated_at").join(", ")}`)
  );
}

/** Rows inserted by table, the log aside. */
function inserted({ diff }: Outcome): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...diff.inserted].filter(([table]) => table !== "provisioning_log").map((
      [table, rows],
    ) => [table, rows.length]),
  );
}

const CREATED_ROWS = {
  features_feature: 1,
  features_featurestate: 1,
  features_featurestatevalue: 1,
  features_historicalfeature: 1,
  features_historicalfeaturestate: 1,
  features_historicalfeaturestatevalue: 1,
};

function assertCreated(result: Outcome): void {
  assert.equal(
    result.out,
    'Created feature "flag" in project "Web".\nProvisioning complete: 1 created, 0 skipped.\n',
  );
  assert.equal(result.err, "");
  assert.deepEqual(events(result), ["created feature:O/Web/flag"]);
  assert.deepEqual(inserted(result), CREATED_ROWS);
  // Local-evaluation SDKs must see the new flag.
  assert.deepEqual(changes(result), ["environments_environment: "]);
}

function assertSkipped(result: Outcome, why: string, note = ""): void {
  assert.equal(
    result.out,
    `Skipped feature "flag" in project "Web" (${why}).\nProvisioning complete: 0 created, 1 skipped.\n`,
  );
  assert.equal(result.err, note);
  assert.equal(result.code, 0);
  assert.deepEqual(result.diff, { inserted: new Map(), deleted: new Map(), updated: new Map() });
}

function assertRefused(result: Outcome, message: string): void {
  assert.equal(
    result.err,
    `<stdin>:1:38: error: ${message} [FP302]
  |
1 | {"version":"1.0","features":[{"name":"flag","project":"Web","default_enabled":true,"description":"as…
  |                                      ^~~~~~
  = hint: on_exists: fail was asked for
1 error; nothing was changed.
`,
  );
  assert.deepEqual([result.code, result.out], [1, ""]);
  assert.deepEqual(result.diff, { inserted: new Map(), deleted: new Map(), updated: new Map() });
}

/** Exactly the description changes, in the row and in its history. */
function assertUpdated(result: Outcome, event: "updated" | "adopted"): void {
  assert.equal(
    result.out,
    'Updated feature "flag" in project "Web": description.\nProvisioning complete: 0 created, 1 updated, 0 skipped.\n',
  );
  assert.equal(result.err, "");
  assert.deepEqual(events(result), [`${event} feature:O/Web/flag`]);
  assert.deepEqual(inserted(result), { features_historicalfeature: 1 });
  assert.deepEqual(changes(result), ["environments_environment: ", "features_feature: description"]);
  const [history] = result.diff.inserted.get("features_historicalfeature") ?? [];
  assert.deepEqual([history?.["history_type"], history?.["description"]], ["~", "as declared"]);
}

const drift: Past = (sql) => sql`update features_feature set description = 'by hand'`;
const declaredOtherwise: Past = (_sql, databaseUrl) =>
  applyDocuments([{ features: [{ ...FLAG, description: "as declared before" }] }], { databaseUrl });
const rename: Past = (sql) => sql`update features_feature set name = 'other'`;

type Expectation = (result: Outcome, policy: Policy) => void;
const LINES: readonly (readonly [name: string, past: readonly Past[], expect: Expectation])[] = [
  ["a missing entity that was never logged", [], assertCreated],
  ["a missing entity that a teardown deleted", [declaredBefore, tearDown], assertCreated],
  ["an entity that was renamed by hand", [declaredBefore, rename], (result, policy) => {
    if (policy === "fail") assertRefused(result, 'Feature "flag" exists already, under the name "other"');
    else assertSkipped(result, 'renamed to "other"');
  }],
  ["an entity that was deleted in the dashboard", [
    declaredBefore,
    (sql) => sql`update features_feature set deleted_at = now()`,
  ], assertCreated],
  ["an entity that was deleted for good", [declaredBefore, hardDelete], assertCreated],
  ["an entity that was deleted and declared otherwise", [declaredOtherwise, hardDelete], assertCreated],
  ["an entity that is as declared", [declaredBefore], (result) => assertSkipped(result, "already exists")],
  ["an entity that was changed by hand", [declaredBefore, drift], (result, policy) => {
    if (policy === "update") assertUpdated(result, "updated");
    else assertSkipped(result, "already exists");
  }],
  ["an entity that is declared otherwise now", [declaredOtherwise], (result, policy) => {
    if (policy === "update") assertUpdated(result, "updated");
    else if (policy === "fail") assertRefused(result, 'Feature "flag" exists already with other content');
    else {
      assertSkipped(
        result,
        "already exists",
        "note: 1 differs from the files and is left alone (on_exists: skip).\n",
      );
    }
  }],
  ["a like entity that was made by hand", [declaredBefore, forget], (result, policy) => {
    if (policy === "skip") assertSkipped(result, "already exists");
    else if (policy === "fail") assertRefused(result, 'Feature "flag" exists already');
    else {
      assert.equal(
        result.out,
        'Skipped feature "flag" in project "Web" (already exists).\nProvisioning complete: 0 created, 1 skipped.\n',
      );
      assert.deepEqual(events(result), ["adopted feature:O/Web/flag"]);
      assert.deepEqual([inserted(result), changes(result)], [{}, []]);
    }
  }],
  ["another entity that was made by hand", [declaredOtherwise, forget], (result, policy) => {
    if (policy === "skip") assertSkipped(result, "already exists");
    else if (policy === "fail") assertRefused(result, 'Feature "flag" exists already');
    else assertUpdated(result, "adopted");
  }],
];

for (const [name, past, expect] of LINES) {
  for (const policy of POLICIES) {
    Deno.test(`apply() decides about ${name} under on_exists: ${policy}`, async () => {
      expect(await outcome(past, { ...FLAG, on_exists: policy }), policy);
    });
  }
}

for (const policy of POLICIES) {
  Deno.test(`apply() leaves what was deleted when on_missing is leave, under on_exists: ${policy}`, async () => {
    const wish = { ...FLAG, on_exists: policy, on_missing: "leave" };
    assertSkipped(await outcome([declaredBefore, hardDelete], wish), "was deleted, on_missing: leave");
    // It says nothing about what never was, or what the tool itself removed.
    assertCreated(await outcome([], wish));
    assertCreated(await outcome([declaredBefore, tearDown], wish));
  });
}

Deno.test("apply() does nothing about an adopted entity in the next run", async () => {
  const wish = { ...FLAG, on_exists: "update" };
  const adopted: Past = (_sql, databaseUrl) => applyDocuments([{ features: [wish] }], { databaseUrl });
  assertSkipped(await outcome([declaredOtherwise, forget, adopted], wish), "already exists");
});
