/** The newest release of Flagsmith, 2.274.0: rows as recorded, sets from apply to teardown, and what came with 2.266.0. */
import assert from "node:assert/strict";
import { PRESET_NAMES } from "../../src/presets/names.ts";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { withDatabase } from "../support/database.ts";
import { stepsOf } from "../support/document_steps.ts";
import { dumpTables } from "../support/dump.ts";
import { quickHash } from "../support/password_hash.ts";
import { loadRecording, type Recording, withoutRequest } from "../support/recordings.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { ALLOWED_DIFFERENCES, withoutAllowed } from "../support/set_differences.ts";
import { assertTornDown } from "../support/torn_down.ts";
import type { Sql } from "postgres";
import { exportOf } from "../support/export.ts";
import { assertWholeLife } from "../support/whole_life.ts";
import { assertUntouched } from "../support/untouched.ts";
import { withoutTouch } from "../support/without_touch.ts";

const schema = "2.274.0";

/** Recorded operations; of a request the rows that any run of ours must write, too. */
const OPERATIONS = [
  "environment.existing_features.orm",
  "environment.server_key.orm",
  "feature.string_value.orm",
  "organisation.plain.rest",
  "project.plain.orm",
  "segment.all_of_any.orm",
];

/** Who makes an organisation by a request becomes its first member. */
function withCaller({ actor, input }: Recording): unknown {
  const { organisations, ...rest }: Record<string, unknown> = Object(input);
  if (actor === undefined || !Array.isArray(organisations)) return input;
  const members = [{ email: actor, role: "ADMIN" }];
  return { ...rest, organisations: organisations.map((organisation) => ({ ...organisation, members })) };
}

for (const operation of OPERATIONS) {
  Deno.test(`apply() writes the rows of ${operation} on ${schema}`, async () => {
    await withDatabase({ schema }, async ({ sql, url }) => {
      const recorded = await loadRecording(`newest/${schema}/operations/${operation}`);
      const recording = operation.endsWith(".rest") ? withoutRequest(recorded) : recorded;
      const given = Array.isArray(recording.given) ? recording.given : [recording.given];
      await applyDocuments(given.flatMap(stepsOf), { databaseUrl: url });
      const before = await dumpTables(sql);
      await applyDocuments([withCaller(recording)], { databaseUrl: url });
      const after = withoutTouch(before, await dumpTables(sql));
      assert.equal(formatDifferences(compareRecording(recording, { before, after })), "");
    });
  });
}

const CUSTOM = {
  ADMIN_EMAIL: "Owner@example.org",
  ORGANISATION_NAME: "Custom Org",
  PROJECT_NAME: "Custom Project",
};

for (
  const [set, name, env] of [
    ["bootstrap", "bootstrap", {}],
    ["bootstrap", "bootstrap.custom", CUSTOM],
    ["e2e", "e2e", {}],
  ] as const
) {
  Deno.test(`apply --preset ${set} writes the rows of ${name} on ${schema}`, async () => {
    await withDatabase({ schema }, async ({ sql, url }) => {
      const before = await dumpTables(sql);
      const { code, err } = await runCli(["--preset", set, "--strict"], { databaseUrl: url, env });
      assert.equal(code, 0, err);
      const allowed = ALLOWED_DIFFERENCES.filter((d) => d.set === set && d.recording === name);
      const { run } = withoutAllowed({ before, after: await dumpTables(sql) }, allowed);
      const recording = await loadRecording(`newest/${schema}/${name}`);
      assert.equal(formatDifferences(compareRecording(recording, run)), "");
    });
  });
}

for (const set of PRESET_NAMES) {
  Deno.test(`the set ${set} is applied twice, planned, reported, exported and torn down on ${schema}`, async () => {
    await withDatabase({ schema }, (database) => assertWholeLife(database, [set]));
  });
}

const PEOPLE = {
  users: [{ email: "a@example.com" }, { email: "b@example.com" }],
  organisations: [{
    name: "Acme",
    members: [
      { email: "a@example.com", role: "ADMIN" },
      { email: "b@example.com", is_active: false },
    ],
  }],
};
const [acme] = PEOPLE.organisations;
const activeIn = async (sql: Sql): Promise<unknown> =>
  (await sql`select is_active from organisations_userorganisation order by id`).map((row) =>
    row["is_active"]
  );

Deno.test("a member's is_active is created, exported, changed and restored", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    await applyDocuments([PEOPLE], { databaseUrl: url });
    assert.deepEqual(await activeIn(sql), [true, false]);
    assert.match(
      await exportOf(url, "Acme"),
      /- \{ email: a@example.com, role: ADMIN \}\n +- \{ email: b@example.com, is_active: false \}\n/,
    );
    const members = [
      { email: "a@example.com", is_active: false },
      { email: "b@example.com", is_active: true },
    ];
    const change = { defaults: { on_exists: "update" }, organisations: [{ ...acme, members }] };
    const [changed] = await applyDocuments([change], { databaseUrl: url });
    assert.match(changed?.out ?? "", /^Updated organisation "Acme": members \(~2\)\.$/m);
    assert.deepEqual(await activeIn(sql), [false, true]);
    const [run] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    const { code, err } = await runCli(["teardown", "--run", String(run?.["run_id"]), "--yes"], {
      databaseUrl: url,
    });
    assert.equal(code, 0, err);
    assert.deepEqual(await activeIn(sql), [true, false]);
  });
});

Deno.test("apply refuses is_active on a release that does not store it, and names the first that does", async () => {
  await withDatabase({ schema: "2.265.0" }, async (database) => {
    const { code, err } = await assertUntouched(
      database,
      () =>
        runCli(["-f", "-"], {
          databaseUrl: database.url,
          stdin: JSON.stringify({ version: "1.0", ...PEOPLE }),
        }),
    );
    assert.equal(code, 1);
    assert.match(
      err,
      /error: Member "b@example.com" cannot have "is_active": this Flagsmith \(2\.263\.0 or later\) does not store it \[FP306\]/,
    );
    assert.match(
      err,
      /hint: The first release that stores it is 2\.266\.0; upgrade Flagsmith, or remove the field/,
    );
  });
});

Deno.test("apply writes the time of a trait's change where a release has a column for it", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    await sql`alter table environments_trait add column updated_at timestamptz`;
    const document = (plan: string) => ({
      defaults: { on_exists: "update" },
      organisations: [{ name: "Acme" }],
      projects: [{ name: "Web", organisation: "Acme", environments: [{ name: "Dev" }] }],
      identities: [{ identifier: "one", environment: "Dev", project: "Web", traits: { plan, age: 5 } }],
    });
    const times = async () =>
      await sql<{ key: string; at: Date | null; age: number }[]>`
        select trait_key as key, updated_at as at, extract(epoch from now() - updated_at)::int as age
        from environments_trait order by trait_key`;
    await applyDocuments([document("free")], { databaseUrl: url });
    const first = await times();
    assert.deepEqual(first.map(({ key, age }) => [key, age < 60]), [["age", true], ["plan", true]]);
    await applyDocuments([document("pro")], { databaseUrl: url });
    const second = await times();
    assert.equal(Number(second[0]?.at), Number(first[0]?.at));
    assert.ok(Number(second[1]?.at) > Number(first[1]?.at));
  });
});

Deno.test("teardown removes a user together with a grant that was given to a device of the user", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    const before = await dumpTables(sql);
    await applyDocuments([{ users: [{ email: "a@example.com" }] }], { databaseUrl: url });
    await sql`insert into oauth2_provider_devicegrant
      (device_code, user_code, scope, "interval", expires, status, client_id, last_checked, user_id)
      select 'd', 'u', '', 5, now(), 'authorized', 'flagsmith-cli', now(), max(id) from users_ffadminuser`;
    const { code, err } = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(code, 0, err);
    assertTornDown(before, await dumpTables(sql));
  });
});

Deno.test("views on Flagsmith's tables, and tables that came and went, are in the way of no command", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    // A later release has views of these tables, under names that Django knows as models or not.
    await sql.unsafe(`
      CREATE VIEW environments_live AS SELECT id, name, project_id FROM environments_environment WHERE deleted_at IS NULL;
      CREATE VIEW experimentation_warehousedeliverylog AS SELECT key, environment_id FROM environments_environmentapikey;
      CREATE MATERIALIZED VIEW segments_count AS SELECT project_id, count(*) FROM segments_segment GROUP BY 1;
      INSERT INTO django_content_type (app_label, model) VALUES
        ('environments', 'live'), ('experimentation', 'warehousedeliverylog'), ('experimentation', 'gone')
        ON CONFLICT DO NOTHING`);
    const before = await dumpTables(sql);
    const run = async (...args: readonly string[]): Promise<string> => {
      const env = { ENABLE_LOCAL_DATABASE_RESET: "true" };
      const { code, out, err } = await runCli(args, { databaseUrl: url, env, io: { hash: quickHash } });
      assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
      return out;
    };
    await run("apply", "--preset", "dev");
    await run("status", "--preset", "dev");
    await run("export", "--organisation", "Acme, Inc.");
    await run("reset", "--preset", "dev", "--yes");
    await run("teardown", "--all", "--yes");
    assertTornDown(before, await dumpTables(sql));
    await run("apply", "--preset", "dev");
    await run("reset", "--preset", "dev", "--flush", "--yes");
    await run("apply", "--preset", "dev");
    await run("teardown", "--all", "--yes");
    assertTornDown(before, await dumpTables(sql));
  });
});

Deno.test("a group's ldap_dn is created, exported, changed and removed", async () => {
  await withDatabase({ schema }, async ({ sql, url }) => {
    const document = (dn: string) => ({
      defaults: { on_exists: "update" },
      organisations: [{ name: "Acme" }],
      groups: [{ name: "Ops", organisation: "Acme", ldap_dn: dn }],
    });
    const before = await dumpTables(sql);
    await applyDocuments([document("cn=ops,dc=example")], { databaseUrl: url });
    assert.match(await exportOf(url, "Acme"), /\{ name: Ops, ldap_dn: "cn=ops,dc=example" \}/);
    const [changed] = await applyDocuments([document("cn=ops,dc=example,dc=org")], { databaseUrl: url });
    assert.match(changed?.out ?? "", /^Updated organisation "Acme": groups \(~1\)\.$/m);
    const [row] = await sql`select ldap_dn from users_userpermissiongroup`;
    assert.equal(row?.["ldap_dn"], "cn=ops,dc=example,dc=org");
    const { code, err } = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(code, 0, err);
    assertTornDown(before, await dumpTables(sql));
  });
});
