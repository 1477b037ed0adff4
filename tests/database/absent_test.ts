/** `ensure: absent`: what goes, with everything below it, and what stays as it was. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { diffDumps, type Dump, dumpTables, type Row } from "../support/dump.ts";
import { type Anchors, fillTables } from "../support/fill_tables.ts";
import { applied } from "../support/given.ts";
import { loadRecording } from "../support/recordings.ts";
import { replayRecording } from "../support/replay_recording.ts";
import { applyDocuments, type CliResult, runCli, withoutRowCounts } from "../support/run_cli.ts";

async function apply(url: string, document: unknown, ...args: readonly string[]): Promise<CliResult> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  return withoutRowCounts(await runCli(["apply", "--file", "-", ...args], { databaseUrl: url, stdin }));
}

/** Columns that name who did something: they become NULL (`docs/flagsmith/deletion.md#removing-what-was-inserted`). */
const AUTHORS =
  /^(author_id|created_by_id|published_by_id|committed_by_id|history_user_id|created_by_api_key_id|published_by_api_key_id|master_api_key_id|rollout_segment_id)$/;
/** Of a user: rows that outlive their user. */
const OUTLIVE = new Set(["token_blacklist_outstandingtoken.user_id", "workflows_core_changerequest.user_id"]);

/** Makes PostgreSQL itself delete as the application's models say, so that it can judge us. */
async function cascadeEverywhere(sql: Sql): Promise<void> {
  const keys = await sql`
    select c.relname as table, k.conname as name, a.attname as column, a.attnotnull as required, f.relname as target,
      (select attname from pg_attribute where attrelid = f.oid and attnum = k.confkey[1]) as target_column
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class f on f.oid = k.confrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1] where k.contype = 'f'`;
  for (const { table, name, column, required, target, target_column } of keys) {
    const author = !required && (AUTHORS.test(column) || OUTLIVE.has(`${table}.${column}`));
    await sql.unsafe(
      `alter table "${table}" drop constraint "${name}", add constraint "${name}" foreign key ("${column}")
       references "${target}" ("${target_column}") on delete ${
        author ? "set null" : "cascade"
      } deferrable initially deferred`,
    );
  }
}

/** Tables that hold references without a constraint; they are looked at by themselves. */
const LOOSE = /_historical|^app_analytics_|^provisioning_log$|^metadata_metadata$|^softdelete_/;

function constrained(dump: Dump): Dump {
  return new Map([...dump].filter(([table]) => !LOOSE.test(table)));
}

/** Removes with our tool in one database and with PostgreSQL's cascades in an equal one, and compares. */
async function compareWithCascades(
  prepare: (sql: Sql) => Promise<{ document: unknown; statement: string; printed: string }>,
): Promise<void> {
  await withDatabase({ schema: "2.274.0" }, async ({ sql, url }) => {
    const { document, statement, printed } = await prepare(sql);
    const before = await dumpTables(sql);
    const refused = await apply(url, document);
    assert.deepEqual([refused.code, refused.out], [1, ""]);
    assert.match(refused.err, /\[FP320\]/);
    assert.deepEqual(await dumpTables(sql), before);
    // PostgreSQL's own answer, taken back again.
    let expected: Dump = new Map();
    await sql.begin(async (transaction) => {
      await cascadeEverywhere(transaction as unknown as Sql);
      await transaction.unsafe(statement);
      expected = new Map(
        await Promise.all([...before.keys()].map(async (table): Promise<[string, Row[]]> => {
          const [row] = await transaction.unsafe(
            `select (select json_agg(row_to_json(t.*))::text from public."${table}" t) as rows`,
          );
          return [table, JSON.parse(row?.["rows"] ?? "[]")];
        })),
      );
      throw new Error("roll back");
    }).catch((error) => assert.match(String(error), /roll back/));
    const done = await apply(url, document, "--allow-delete");
    assert.deepEqual([done.code, done.out, done.err], [0, printed, ""]);
    const after = await dumpTables(sql);
    const diff = diffDumps(constrained(expected), constrained(after));
    assert.deepEqual(diff, { inserted: new Map(), deleted: new Map(), updated: new Map() });
    assert.ok([...diffDumps(before, after).deleted].length > 40, "Too few tables take part");
    for (const [table, rows] of after) {
      if (!table.includes("_historical")) continue;
      const base = after.get(table.replace("_historical", "_")) ?? [];
      const was = before.get(table.replace("_historical", "_")) ?? [];
      const key = (row: Row): unknown => row["id"] ?? row["uuid"];
      const gone = new Set(was.map(key).filter((k) => !base.some((b) => key(b) === k)));
      assert.deepEqual(rows.filter((row) => gone.has(key(row) as never)), [], table);
      const kept = (before.get(table) ?? []).filter((row) => !gone.has(key(row) as never));
      assert.equal(rows.length, kept.length, table);
    }
    assert.deepEqual(await apply(url, document), {
      code: 0,
      out: printed.replace(/^Deleted (.*)\.$/m, "Skipped $1 (is not there).").replace(
        /Provisioning.*/,
        "Provisioning complete: 0 created, 1 skipped.",
      ),
      err: "",
    });
  });
}

/** An instance that the application filled, and in every table a row below one organisation and one below the other. */
async function usedInstance(sql: Sql): Promise<{ organisation: string; user: string }> {
  await sql`alter table organisations_userorganisation alter column is_active set default true`;
  await replayRecording(sql, await loadRecording("older/2.265.0/core"));
  const [organisationRow] = await sql`select name from organisations_organisation`;
  const [userRow] = await sql`select email from users_ffadminuser order by id`;
  const [organisation, email] = [String(organisationRow?.["name"]), String(userRow?.["email"])];
  await replayRecording(sql, await loadRecording("dev"));
  for (const [mark, name] of [[71, organisation], [72, "Acme, Inc."]] as const) {
    const anchors: Anchors = new Map();
    const [org] = await sql`select id from organisations_organisation where name = ${name}`;
    const [project] = await sql`select id from projects_project where organisation_id = ${org?.["id"]}`;
    const [environment] = await sql`select id from environments_environment where project_id = ${
      project?.["id"]
    }`;
    const [feature] = await sql`select id from features_feature where project_id = ${project?.["id"]}`;
    const [user] =
      await sql`select user_id as id from organisations_userorganisation where organisation_id = ${
        org?.["id"]
      }`;
    for (
      const [table, row] of [
        ["organisations_organisation", org],
        ["projects_project", project],
        ["environments_environment", environment],
        ["features_feature", feature],
        ["users_ffadminuser", user],
        ["django_content_type", { id: 1 }],
        ["permissions_permissionmodel", { id: "VIEW_PROJECT" }],
      ] as const
    ) anchors.set(table, row?.["id"]);
    const filled = await fillTables(sql, anchors, mark);
    assert.ok(filled.length > 100, `Only ${filled.length} tables were filled`);
  }
  return { organisation, user: email };
}

Deno.test("ensure: absent removes an organisation as PostgreSQL would with the models' cascades, and nothing else", async () => {
  await compareWithCascades(async (sql) => {
    const { organisation } = await usedInstance(sql);
    return {
      document: { organisations: [{ name: organisation, ensure: "absent" }] },
      statement: `delete from organisations_organisation where name = '${organisation}'`,
      printed:
        `Deleted organisation "${organisation}".\nProvisioning complete: 0 created, 1 deleted, 0 skipped.\n`,
    };
  });
});

Deno.test("ensure: absent removes a user with its organisations when it is asked to", async () => {
  await compareWithCascades(async (sql) => {
    const { user } = await usedInstance(sql);
    return {
      document: { users: [{ email: user, ensure: "absent", with_organisations: true }] },
      statement:
        `delete from organisations_organisation o using organisations_userorganisation l, users_ffadminuser u
        where l.organisation_id = o.id and u.id = l.user_id and u.email = '${user}';
        delete from users_ffadminuser where email = '${user}'`,
      printed: `Deleted user "${user}".\nProvisioning complete: 0 created, 1 deleted, 0 skipped.\n`,
    };
  });
});

const TEAM = {
  users: [{ email: "a@example.com" }, { email: "b@example.com" }],
  organisations: [{
    name: "O",
    members: [{ email: "a@example.com", role: "ADMIN" }, { email: "b@example.com" }],
    groups: [{ name: "G", members: [{ email: "a@example.com" }, { email: "b@example.com" }] }],
  }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{ name: "E" }],
    segments: ["s1", "s2", "s3"].map((name) => ({
      name,
      rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "v" }] }],
    })),
    features: [{
      name: "f",
      owners: ["a@example.com", "b@example.com"],
      environments: {
        E: { segment_overrides: ["s1", "s2", "s3"].map((segment) => ({ segment, enabled: true })) },
      },
    }],
  }],
  permissions: [{ user: "b@example.com", project: "P", permissions: ["VIEW_PROJECT"] }],
};

const GIVEN = applied([TEAM]);

Deno.test("ensure: absent takes a member's groups, ownerships and rights in the organisation along", async () => {
  await withDatabase({ schema: "2.274.0", given: GIVEN }, async ({ sql, url }) => {
    const before = await dumpTables(sql);
    const { code, out, err } = await apply(url, {
      organisations: [{ name: "O", members: [{ email: "b@example.com", ensure: "absent" }] }],
    }, "--allow-delete");
    assert.deepEqual([code, out, err], [
      0,
      'Updated organisation "O": members (-1).\nProvisioning complete: 0 created, 1 updated, 0 skipped.\n',
      "",
    ]);
    const diff = diffDumps(before, await dumpTables(sql));
    assert.deepEqual(
      Object.fromEntries([...diff.deleted].map(([table, rows]) => [table, rows.length])),
      {
        organisations_userorganisation: 1,
        projects_userprojectpermission: 1,
        projects_userprojectpermission_permissions: 1,
        users_userpermissiongroup_users: 1,
      },
    );
    assert.deepEqual([...diff.inserted.keys()], ["provisioning_log"]);
  });
});

Deno.test("ensure: absent closes the gap that a segment override leaves among the priorities", async () => {
  await withDatabase({ schema: "2.274.0", given: GIVEN }, async ({ sql, url }) => {
    const { code, out } = await apply(url, {
      segment_overrides: [{ feature: "f", project: "P", environment: "E", segment: "s2", ensure: "absent" }],
    }, "--allow-delete");
    assert.deepEqual([code, out], [
      0,
      'Updated feature "f" in project "P": segment overrides (-1).\nProvisioning complete: 0 created, 1 updated, 0 skipped.\n',
    ]);
    const rows = await sql`select s.name, f.priority from features_featuresegment f
      join segments_segment s on s.id = f.segment_id order by f.priority`;
    assert.deepEqual(rows.map((r) => [r["name"], r["priority"]]), [["s1", 0], ["s3", 1]]);
  });
});

Deno.test("ensure: absent shows in a dry run what it would delete, without --allow-delete", async () => {
  await withDatabase({ schema: "2.274.0", given: GIVEN }, async ({ sql, url }) => {
    const before = await dumpTables(sql);
    const document = { organisations: [{ name: "O", ensure: "absent" }] };
    assert.deepEqual(await apply(url, document, "--dry-run"), {
      code: 0,
      out: 'Would delete organisation "O".\nDry run: 0 to create, 1 to delete, 0 to skip.\n',
      err: "",
    });
    assert.deepEqual(await dumpTables(sql), before);
    const stdin = JSON.stringify({ version: "1.0", ...document });
    const { code, out, err } = await runCli(["apply", "--file", "-", "--allow-delete"], {
      databaseUrl: url,
      stdin,
      env: { FLAGSMITH_PROVISION_PROTECT: "true" },
    });
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /\[FP426\]/);
    const { provisioning_log: _, ...rest } = Object.fromEntries(await dumpTables(sql));
    const { provisioning_log: _before, ...wanted } = Object.fromEntries(before);
    assert.deepEqual(rest, wanted);
  });
});

Deno.test("ensure: absent closes the log of what this tool had made, so that a teardown looks for nothing", async () => {
  await withDatabase({ schema: "2.274.0", given: GIVEN }, async ({ sql, url }) => {
    assert.equal(
      (await apply(url, { organisations: [{ name: "O", ensure: "absent" }] }, "--allow-delete")).code,
      0,
    );
    const { code, out, err } = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.deepEqual([code, out, err], [
      0,
      'Deleted user "b@example.com".\nDeleted user "a@example.com".\nTeardown complete: 2 deleted, 0 restored.\n',
      "",
    ]);
    const [users] = await sql`select count(*)::int from users_ffadminuser`;
    assert.equal(users?.["count"], 0);
    await applyDocuments([TEAM], { databaseUrl: url });
  });
});

Deno.test("ensure: absent is content where even what it belongs to is not there", async () => {
  await withDatabase({ schema: "2.274.0" }, async ({ sql, url }) => {
    const before = await dumpTables(sql);
    const done = await apply(url, {
      environments: [{ name: "E", project: "Nowhere", ensure: "absent" }],
      segment_overrides: [{ feature: "f", project: "P", environment: "E", segment: "s", ensure: "absent" }],
      identity_overrides: [{
        feature: "f",
        project: "P",
        environment: "E",
        identifier: "i",
        ensure: "absent",
      }],
      permissions: [{ user: "x@example.com", project: "P", ensure: "absent" }],
    });
    assert.deepEqual(done, {
      code: 0,
      out:
        'Skipped environment "E" in project "Nowhere" (is not there).\nProvisioning complete: 0 created, 1 skipped.\n',
      err: "",
    });
    assert.deepEqual(await dumpTables(sql), before);
  });
});

Deno.test("ensure: absent takes a segment override out of a versioned environment by a new version", async () => {
  await withDatabase({ schema: "2.274.0" }, async ({ sql, url }) => {
    const before = await dumpTables(sql);
    const override = (segment: string, more: object = {}) => ({
      feature: "f",
      project: "P",
      environment: "V",
      segment,
      ...more,
    });
    const { projects: [project], ...rest } = TEAM;
    const { features: _features, environments: _environments, ...others } = project ?? {};
    await applyDocuments([{
      ...rest,
      projects: [{
        ...others,
        environments: [{ name: "V", settings: { use_v2_feature_versioning: true } }],
        features: [{ name: "f" }],
      }],
      segment_overrides: ["s1", "s2", "s3"].map((segment) => override(segment, { enabled: true })),
    }], { databaseUrl: url });
    const live = async (): Promise<readonly unknown[]> =>
      (await sql`select s.name from features_featuresegment f join segments_segment s on s.id = f.segment_id
        where f.environment_feature_version_id = (select uuid from feature_versioning_environmentfeatureversion
          order by live_from desc limit 1) order by f.priority`).map((row) => row["name"]);
    assert.deepEqual(await live(), ["s1", "s2", "s3"]);
    const absent = { segment_overrides: [override("s2", { ensure: "absent" })] };
    const done = await apply(url, absent, "--allow-delete");
    assert.deepEqual([done.code, done.out, done.err], [
      0,
      'Updated feature "f" in project "P": segment overrides (-1).\nProvisioning complete: 0 created, 1 updated, 0 skipped.\n',
      "",
    ]);
    assert.deepEqual(await live(), ["s1", "s3"]);
    assert.match((await apply(url, absent)).out, /0 created, 0 skipped/);
    await applyDocuments([{ segment_overrides: [override("s2", { enabled: true })] }], { databaseUrl: url });
    assert.deepEqual(await live(), ["s1", "s3", "s2"]);
    const down = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
    assert.equal(down.code, 0, down.err);
    const { provisioning_log: _log, ...left } = Object.fromEntries(await dumpTables(sql));
    assert.deepEqual(left, Object.fromEntries(before));
  });
});
