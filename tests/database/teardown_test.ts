/**
 * teardown(apply(x)) = x on an instance that is filled and after updates; and what it refuses. Of everything that was recorded:
 * `recorded_operations_test.ts`.
 */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { quickHash } from "../support/password_hash.ts";
import { loadRecording } from "../support/recordings.ts";
import { replayRecording } from "../support/replay_recording.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

async function teardown(url: string, ...args: readonly string[]): Promise<CliResult> {
  const result = await runCli(["teardown", ...args, "--yes"], { databaseUrl: url });
  assert.equal(result.code, 0, result.out + result.err);
  return result;
}

async function lastRun(sql: Sql): Promise<string> {
  const [row] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
  return String(row?.["run_id"]);
}

for (const name of ["e2e", "dev"]) {
  Deno.test(`teardown leaves an instance that the application filled as it was (${name})`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      await replayRecording(sql, await loadRecording("older/2.265.0/core"));
      const before = await dumpTables(sql);
      const { documents: input } = JSON.parse(
        await Deno.readTextFile(new URL(`../data/recordings/${name}.input.json`, import.meta.url)),
      );
      for (let cycle = 0; cycle < 3; cycle++) {
        await applyDocuments(input, { databaseUrl: url, io: { hash: quickHash } });
        await teardown(url, "--all");
        assertTornDown(before, await dumpTables(sql));
      }
    });
  });
}

const SHOP = {
  organisations: [{ name: "O" }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Dev" }],
    features: [{ name: "f", initial_value: "one" }],
    tags: [{ label: "t" }],
  }],
};

Deno.test("teardown refuses when others made something below, lists it and changes nothing", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const empty = await dumpTables(sql);
    await applyDocuments([SHOP], { databaseUrl: url });
    // Somebody else: rows that the log does not know.
    await applyDocuments([{ environments: [{ name: "QA", project: "Web", organisation: "O" }] }], {
      databaseUrl: url,
    });
    await sql.unsafe("alter table provisioning_log disable trigger all");
    await sql`delete from provisioning_log where address like '%QA%'`;
    const before = await dumpTables(sql);
    const refused = await runCli(["teardown", "--address", "project:O/Web", "--yes"], { databaseUrl: url });
    assert.deepEqual([refused.code, refused.out], [1, ""]);
    const [{ id }] = await sql`select id from environments_environment where name = 'QA'` as unknown as [
      { id: number },
    ];
    assert.equal(
      refused.err,
      `error: 1 row below what is to be removed was made or changed by others [FP425]
  environments_environment (1): "QA" (${id})
   = hint: Save what is needed, then use --cascade to remove it too. Nothing was changed
`,
    );
    assert.deepEqual(await dumpTables(sql), before);
    const done = await teardown(url, "--all", "--cascade");
    assert.equal(
      done.out,
      `Deleted feature "f" in project "Web".
Deleted environment "Dev" in project "Web".
Deleted project "Web" in organisation "O".
Deleted organisation "O".
Deleted what others created: environments_environment (1): "QA" (${id}).
Teardown complete: 4 deleted, 0 restored.
`,
    );
    assertTornDown(empty, await dumpTables(sql));
  });
});

Deno.test("teardown refuses when others changed a row of ours", async (t) => {
  for (const what of ["a row without history", "a row with history"]) {
    await t.step(what, async () => {
      await withDatabase({}, async ({ sql, url }) => {
        await applyDocuments([SHOP], { databaseUrl: url });
        if (what === "a row with history") {
          const columns =
            (await sql`select column_name from information_schema.columns where table_name = 'features_historicalfeature' order by ordinal_position`)
              .map((r) => String(r["column_name"]));
          const values = columns.map((c) =>
            c === "history_id"
              ? "history_id + 1000"
              : c === "history_type"
              ? "'~'"
              : c === "history_date"
              ? "now()"
              : c
          );
          await sql.unsafe(
            `insert into features_historicalfeature (${columns.join(", ")}) select ${
              values.join(", ")
            } from features_historicalfeature`,
          );
        } else await sql`update projects_project set hide_disabled_flags = true`;
        const before = await dumpTables(sql);
        const refused = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
        assert.equal(refused.code, 1, refused.out);
        assert.match(
          refused.err,
          what === "a row with history" ? /features_feature \(1\): "f"/ : /projects_project \(1\): "Web"/,
        );
        assert.deepEqual(await dumpTables(sql), before);
        await teardown(url, "--all", "--cascade");
      });
    });
  }
});

Deno.test("teardown takes traces of use with it without being asked", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const empty = await dumpTables(sql);
    await applyDocuments([{ ...SHOP, users: [{ email: "a@example.com" }] }], { databaseUrl: url });
    const [feature] = await sql`select id, project_id from features_feature`;
    const [user] = await sql`select id from users_ffadminuser`;
    await sql`update users_ffadminuser set last_login = now()`;
    await sql`insert into authtoken_token (key, created, user_id) values ('t', now(), ${
      Number(user?.["id"])
    })`;
    await sql`insert into audit_auditlog (created_date, log, related_object_id, related_object_type, project_id, is_system_event)
      values (now(), 'seen', ${Number(feature?.["id"])}, 'FEATURE', ${
      Number(feature?.["project_id"])
    }, false)`;
    await sql`insert into softdelete_changeset (created_date, object_id, content_type_id)
      select now(), ${
      String(feature?.["id"])
    }, id from django_content_type where app_label = 'features' and model = 'feature'`;
    await sql`insert into softdelete_softdeleterecord (created_date, object_id, changeset_id, content_type_id)
      select now(), object_id, id, content_type_id from softdelete_changeset`;
    await sql`insert into app_analytics_apiusageraw (environment_id, created_at, host, resource, count, labels)
      select id, now(), 'h', 1, 1, '{}' from environments_environment`;
    await teardown(url, "--all");
    assertTornDown(empty, await dumpTables(sql));
  });
});

Deno.test("teardown of the runs of a chain of updates restores what each one found, in any order", async () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]]) {
    await withDatabase({}, async ({ sql, url }) => {
      const value = async () => (await sql`select description from features_feature`)[0]?.["description"];
      const wish = (description: string) => ({
        defaults: { on_exists: "update" },
        features: [{ name: "f", project: "Web", organisation: "O", description }],
      });
      await applyDocuments([SHOP], { databaseUrl: url });
      await sql`update features_feature set description = 'by hand'`;
      await sql.unsafe(
        "alter table provisioning_log disable trigger all; delete from provisioning_log; alter table provisioning_log enable trigger all",
      );
      const before = await dumpTables(sql);
      const runs: string[] = [];
      for (const text of ["first", "second", "third"]) {
        await applyDocuments([wish(text)], { databaseUrl: url });
        runs.push(await lastRun(sql));
      }
      assert.equal(await value(), "third");
      for (const at of order) await teardown(url, "--run", runs[at] ?? "");
      assert.equal(await value(), "by hand", String(order));
      assertTornDown(before, await dumpTables(sql));
    });
  }
});

Deno.test("teardown leaves a column that somebody changed after our update", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    await applyDocuments([{
      defaults: { on_exists: "update" },
      features: [{ name: "f", project: "Web", organisation: "O", description: "ours" }],
    }], { databaseUrl: url });
    await sql`update features_feature set description = 'theirs'`;
    const result = await teardown(url, "--run", await lastRun(sql));
    assert.equal(
      result.err,
      'note: features_feature.description keeps its value: it was changed since (feature "f" in project "Web").\n',
    );
    assert.equal((await sql`select description from features_feature`)[0]?.["description"], "theirs");
  });
});

Deno.test("teardown deletes nothing that others made under ids that are used again", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const full = {
      ...SHOP,
      users: [{ email: "a@example.com" }],
      organisations: [{
        name: "O",
        members: [{ email: "a@example.com" }],
        groups: [{ name: "g", members: [{ email: "a@example.com" }] }],
      }],
      identities: [{ identifier: "i", project: "Web", environment: "Dev", traits: { a: 1 } }],
      permissions: [{ user: "a@example.com", project: "Web", admin: true }],
    };
    await applyDocuments([full], { databaseUrl: url });
    const tables = await sql<{ name: string }[]>`select relname as name from pg_class c where relkind = 'r'
      and relnamespace = 'public'::regnamespace and relname not in ('django_content_type', 'django_migrations', 'provisioning_log', 'django_site', 'permissions_permissionmodel')
      and not exists (select from pg_constraint k where k.confrelid = c.oid and k.contype = 'f' and k.conrelid in ('auth_permission'::regclass))`;
    await sql.unsafe(`truncate ${tables.map((t) => `"${t.name}"`).join(", ")} restart identity cascade`);
    // Others make the same again, by hand: same names, same ids.
    const move = (from: string, to: string): string =>
      `alter table ${from}.provisioning_log set schema ${to}; alter function ${from}.provisioning_log_refuse() set schema ${to};`;
    await sql.unsafe(`create schema kept; ${move("public", "kept")}`);
    await applyDocuments([full], { databaseUrl: url });
    await sql.unsafe(
      `drop table provisioning_log; drop function provisioning_log_refuse(); ${
        move("kept", "public")
      } drop schema kept`,
    );
    const before = await dumpTables(sql);
    assert.ok((before.get("features_feature")?.length ?? 0) > 0);
    const result = await runCli(["teardown", "--all", "--yes", "--cascade"], { databaseUrl: url });
    assert.equal(result.code, 0, result.err);
    assertTornDown(before, await dumpTables(sql));
    assert.match(result.err, /logged rows are not there any more, or not the one that was written/);
  });
});

Deno.test("teardown moves updated_at of environments that stay, so that SDKs load the flags anew", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    await applyDocuments([{ features: [{ name: "g", project: "Web", organisation: "O" }] }], {
      databaseUrl: url,
    });
    await sql`insert into "environment-documents" (cache_key, value, expires) select ':1:' || api_key, 'old', now() from environments_environment`;
    const time = async () =>
      Number(
        (await sql`select extract(epoch from updated_at) * 1000 as at from environments_environment`)[0]
          ?.["at"],
      );
    const before = await time();
    await teardown(url, "--run", await lastRun(sql));
    assert.ok(await time() > before);
    assert.deepEqual(await dumpTables(sql).then((d) => d.get("environment-documents")), []);
  });
});

Deno.test("teardown asks for --yes, says what a dry run would do, and leaves a protected instance alone", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    const before = await dumpTables(sql);
    const world = { databaseUrl: url };
    const unasked = await runCli(["teardown", "--all"], world);
    assert.deepEqual([unasked.code, unasked.err], [
      64,
      "error: This removes everything that this tool made and needs --yes [FP427]\n   = hint: Look at it with --dry-run first\n",
    ]);
    const typed = (answer: string) => ({
      inIsTerminal: true,
      errIsTerminal: true,
      readLine: () => Promise.resolve(answer),
    });
    assert.equal((await runCli(["teardown", "--all"], { ...world, io: typed("no\n") })).code, 1);
    const dry = await runCli(["teardown", "--all", "--dry-run", "--verbose"], world);
    assert.equal(
      dry.out,
      `Would delete feature "f" in project "Web".
Would delete environment "Dev" in project "Web".
Would delete tag "t" in project "Web".
Would delete project "Web" in organisation "O".
Would delete organisation "O".
Dry run: 4 to delete, 0 to restore.
`,
    );
    const guarded = await runCli(["teardown", "--all", "--yes"], {
      ...world,
      env: { FLAGSMITH_PROVISION_PROTECT: "true" },
    });
    assert.deepEqual([guarded.code, guarded.err], [
      1,
      "error: This instance is protected by FLAGSMITH_PROVISION_PROTECT [FP426]\n   = hint: Unset it to tear down or reset. Nothing was changed\n",
    ]);
    assert.deepEqual(await dumpTables(sql), before);
    assert.equal((await runCli(["teardown", "--all"], { ...world, io: typed("yes\n") })).code, 0);
    assert.equal(
      (await runCli(["teardown", "--all", "--yes"], world)).out,
      "Teardown complete: 0 deleted, 0 restored.\n",
    );
  });
});

Deno.test("teardown needs one selection", async () => {
  for (const args of [[], ["--all", "--run", "6a63ecb3-6a10-4d0d-8f3f-0a6a5c0d8b11"], ["--run", "newest"]]) {
    const { code, err } = await runCli(["teardown", ...args], { databaseUrl: "postgres://u@127.0.0.1:1/d" });
    assert.equal(code, 64);
    assert.match(err, /\[FP428\]/);
  }
});

Deno.test("teardown says what it took away and put back below entities that stay", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const people = {
      users: [{ email: "a@example.com" }, { email: "b@example.com" }],
      organisations: [{ name: "O", members: [{ email: "a@example.com" }, { email: "b@example.com" }] }],
      projects: [{ name: "P", organisation: "O" }],
      permissions: [{ user: "a@example.com", project: "P", permissions: ["VIEW_PROJECT"] }],
    };
    await applyDocuments([people], { databaseUrl: url });
    await applyDocuments([{
      defaults: { on_exists: "update" },
      permissions: [
        { user: "a@example.com", project: "P", permissions: ["CREATE_FEATURE"] },
        { user: "b@example.com", project: "P", permissions: ["VIEW_PROJECT"] },
      ],
    }], { databaseUrl: url });
    assert.equal(
      (await teardown(url, "--run", await lastRun(sql))).out,
      `Deleted permission "b@example.com" in project "P".
Restored permission "a@example.com" in project "P".
Teardown complete: 1 deleted, 1 restored.
`,
    );
    assert.equal(
      (await teardown(url, "--all")).out,
      `Deleted project "P" in organisation "O".
Deleted organisation "O".
Deleted user "b@example.com".
Deleted user "a@example.com".
Teardown complete: 4 deleted, 0 restored.
`,
    );
  });
});

Deno.test("teardown does not speak of entities that were only taken into the log", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    await sql.unsafe("drop table provisioning_log; drop function provisioning_log_refuse");
    const update = { ...SHOP, defaults: { on_exists: "update" } };
    await applyDocuments([update, {
      defaults: { on_exists: "update" },
      features: [{ name: "f", project: "Web", description: "new" }],
    }], { databaseUrl: url });
    assert.equal(
      (await teardown(url, "--all")).out,
      'Restored feature "f" in project "Web".\nTeardown complete: 0 deleted, 1 restored.\n',
    );
  });
});

Deno.test("teardown notes that the log names nothing of a mistyped selection", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([SHOP], { databaseUrl: url });
    for (
      const selection of [["--run", "6a63ecb3-6a10-4d0d-8f3f-0a6a5c0d8b11"], ["--address", "project:O/Wep"]]
    ) {
      const result = await runCli(["teardown", ...selection, "--yes"], { databaseUrl: url });
      assert.deepEqual(result, {
        code: 0,
        out: "Teardown complete: 0 deleted, 0 restored.\n",
        err:
          "note: The log has no active event for this selection; flagsmith-provision log lists runs and addresses.\n",
      });
    }
  });
});

Deno.test("teardown of a later run forgets neither the last rotation nor which values are secret", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const world = { databaseUrl: url, env: { TOKEN: "CanaryOfTheDescription" } };
    const wish = (more: unknown, description: string) => ({
      version: "1.0",
      defaults: { on_exists: "update" },
      users: [{ email: "a@example.com", password: "quite a long password 7", ...Object(more) }],
      organisations: [{ name: "O" }],
      projects: [{ name: "P", organisation: "O", features: [{ name: "f", description }] }],
    });
    const apply = async (document: unknown) => {
      const { code, out, err } = await runCli(["apply", "-f", "-", "--secret-env", "TOKEN"], {
        ...world,
        stdin: JSON.stringify(document),
      });
      assert.equal(code, 0, err);
      return out;
    };
    await apply(wish({ rotate: "a" }, "public"));
    await apply(wish({ rotate: "a", first_name: "X" }, "${TOKEN}"));
    const passwords = async () =>
      (await sql`select password from users_ffadminuser`).map((row) => ({ ...row }));
    const before = await passwords();
    await teardown(url, "--run", await lastRun(sql));
    assert.match(await apply(wish({ rotate: "a" }, "${TOKEN}")), /^Skipped user "a@example.com"/m);
    assert.deepEqual(await passwords(), before);
    const plan = await runCli(["plan", "-f", "-"], {
      ...world,
      stdin: JSON.stringify(wish({ rotate: "a" }, "shown")),
    });
    assert.match(plan.out, /\n {4}description: \(secret\)\n/);
    assert.doesNotMatch(plan.out, /Canary/);
  });
});

Deno.test("teardown refuses when others changed what a right of ours grants", async () => {
  const changes = [
    "update projects_userprojectpermission set admin = true",
    "insert into projects_userprojectpermission_permissions (userprojectpermission_id, permissionmodel_id) select id, 'DELETE_FEATURE' from projects_userprojectpermission",
  ];
  for (const change of changes) {
    await withDatabase({}, async ({ sql, url }) => {
      await applyDocuments([{
        users: [{ email: "a@example.com" }],
        organisations: [{ name: "O", members: [{ email: "a@example.com" }] }],
        projects: [{ name: "P", organisation: "O" }],
        permissions: [{ user: "a@example.com", project: "P", permissions: ["VIEW_PROJECT"] }],
      }], { databaseUrl: url });
      await sql.unsafe(change);
      const before = await dumpTables(sql);
      const { code, err } = await runCli(["teardown", "--all", "--yes"], { databaseUrl: url });
      assert.equal(code, 1, change);
      assert.match(err, /^ {2}projects_userprojectpermission(_permissions)? \(1\): /m);
      assert.deepEqual(await dumpTables(sql), before);
    });
  }
});
