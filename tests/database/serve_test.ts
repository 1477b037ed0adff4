/** `serve` against a real database: Flagsmith's teardown-and-reseed endpoint (`docs/flagsmith/e2e.md#endpoint`). */
import assert from "node:assert/strict";
import postgres, { type Sql } from "postgres";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { quickHash, verifyPassword } from "../support/password_hash.ts";
import { runCli } from "../support/run_cli.ts";
import { sharedServer } from "../support/shared_server.ts";
import { request, requestReset, type Serving, startServing, TOKEN } from "../support/serving.ts";

const { documents: [seed] } = JSON.parse(
  await Deno.readTextFile(new URL("../data/recordings/e2e.input.json", import.meta.url)),
);

/** The application's own E2E seed, and what tests leave behind: users that must be gone after each reset. */
const documentOf = (users: readonly unknown[]): string =>
  JSON.stringify({
    version: "1.0",
    ...seed,
    users: [
      ...users,
      {
        email: "e2e_signup_user@flagsmithe2etestdomain.io",
        ensure: "absent",
        with_organisations: true,
      },
    ],
  });

/** The users with their passwords, each of which a server hashes when it starts. */
const WITH_PASSWORDS = documentOf(seed.users);

/** The same with ready-made hashes, for tests of everything else. */
const DOCUMENT = documentOf(
  await Promise.all(
    seed.users.map(async ({ password, ...user }: { password: string }) => ({
      ...user,
      password_hash: await quickHash(password),
    })),
  ),
);

/** How often one test resets; `test:full` asks for more. */
const MANY = Deno.env.get("FULL_TESTS") === "1" ? 100 : 20;

async function serving(
  database: TestDatabase,
  test: (server: Serving) => Promise<void>,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  stdin = DOCUMENT,
): Promise<void> {
  const server = await startServing(["--file", "-", ...args], {
    stdin,
    databaseUrl: database.url,
    env,
  });
  try {
    await test(server);
  } finally {
    await server.stop();
  }
}

/** The rows that a reset promises, by name: what is random or numbered is left out. */
async function contents(sql: Sql): Promise<unknown> {
  const [row] = await sql`select
    (select json_agg(email order by email collate "C") from users_ffadminuser) as users,
    (select json_agg(name order by name collate "C") from organisations_organisation) as organisations,
    (select json_agg(name order by name collate "C") from projects_project) as projects,
    (select json_agg(p.name || '/' || e.name order by (p.name || '/' || e.name) collate "C") from environments_environment e
       join projects_project p on p.id = e.project_id) as environments,
    (select json_agg(name order by name collate "C") from features_feature) as features,
    (select json_agg(p.name || '/' || i.identifier order by (p.name || '/' || i.identifier) collate "C") from environments_identity i
       join environments_environment e on e.id = i.environment_id join projects_project p on p.id = e.project_id) as identities,
    (select json_agg(plan order by plan) from organisations_subscription) as plans,
    (select count(*)::int from organisations_userorganisation) as members,
    (select count(*)::int from softdelete_softdeleterecord) as soft_deleted`;
  return row;
}

const EXPECTED = {
  users: seed.users.map((u: { email: string }) => u.email).sort(),
  organisations: ["Bullet Train Ltd", "E2E Billing Org", "E2E Separate Org"],
  projects: seed.projects.map((p: { name: string }) => p.name).sort(),
  environments: seed.environments.map((e: { project: string; name: string }) => `${e.project}/${e.name}`)
    .sort(),
  features: null,
  identities: seed.identities.map((i: { project: string; identifier: string }) =>
    `${i.project}/${i.identifier}`
  )
    .sort(),
  plans: ["enterprise", "free", "free"],
  members: 7,
  soft_deleted: 0,
};

/** What a run of the test suite leaves behind: a feature, a project with a tag, a user with an organisation, a changed name. */
async function use(sql: Sql): Promise<void> {
  await sql`insert into features_feature (name, created_date, project_id, default_enabled, type, is_archived, is_server_key_only, uuid, initial_value)
    select 'test_flag', now(), id, true, 'STANDARD', false, false, gen_random_uuid(), '' from projects_project where name = 'My Test Project'`;
  const result = await runCli(["--file", "-"], {
    databaseUrl: await urlOf(sql),
    stdin: JSON.stringify({
      version: "1.0",
      users: [{ email: "e2e_signup_user@flagsmithe2etestdomain.io" }],
      organisations: [{
        name: "Made by a test",
        members: [{ email: "e2e_signup_user@flagsmithe2etestdomain.io", role: "ADMIN" }],
        projects: [{ name: "Also", features: [{ name: "f" }], environments: [{ name: "E" }] }],
      }],
    }),
  });
  assert.equal(result.code, 0, result.err);
  await sql`update organisations_organisation set name = name || ' renamed' where name = 'E2E Billing Org'`;
  // The suite works through the API, which knows nothing of the log.
  await sql.begin(async (transaction) => {
    await transaction`set local flagsmith_provision.prune to 'on'`;
    await transaction`delete from provisioning_log where command = 'apply'`;
  });
}

function urlOf(sql: Sql): Promise<string> {
  const { host, port, database, user } = sql.options;
  return Promise.resolve(`postgresql://${user}@${host[0]}:${port[0]}/${database}`);
}

Deno.test("serve resets: 204, and the rows are the seed's whatever happened before", async () => {
  await withDatabase({}, async (database) => {
    await serving(
      database,
      async ({ port, said }) => {
        assert.deepEqual(await requestReset(port).then(({ status, body }) => [status, body]), [204, ""]);
        assert.deepEqual(await contents(database.sql), EXPECTED);
        await use(database.sql);
        assert.equal((await requestReset(port)).status, 204);
        assert.deepEqual(await contents(database.sql), EXPECTED);
        assert.match(said().out, /^Listening on http:\/\/127\.0\.0\.1:\d+\n(Reset in \d+\.\d\d s\.\n){2}$/);
        assert.equal(said().err, "");
        // The hashes that were made first are those of every reset.
        const users = await database.sql`select email, password from users_ffadminuser`;
        const passwords = new Map(users.map((user) => [user["email"], String(user["password"])]));
        const [{ email, password }] = seed.users;
        assert.ok(verifyPassword(password, passwords.get(email) ?? ""));
      },
      [],
      {},
      WITH_PASSWORDS,
    );
  });
});

Deno.test("serve takes over what the application itself had seeded", async () => {
  await withDatabase({}, async (database) => {
    const applied = await runCli(["--file", "-"], { databaseUrl: database.url, stdin: DOCUMENT });
    assert.equal(applied.code, 0, applied.err);
    await database.sql`drop table provisioning_log`;
    await database.sql`drop function provisioning_log_refuse`;
    const refused = await runCli(["serve", "--file", "-", "--listen", "127.0.0.1:0"], {
      databaseUrl: database.url,
      stdin: DOCUMENT,
      env: { E2E_TEST_AUTH_TOKEN: TOKEN },
    });
    assert.deepEqual([refused.code, refused.out], [64, ""]);
    assert.match(
      refused.err,
      /^error: The database holds what the files declare and this program did not make: user:\S+, /,
    );
    assert.match(refused.err, / \[FP474\]\n {3}= hint: With --take-over every reset removes it first, /);
    await serving(database, async ({ port, said }) => {
      assert.match(
        said().err,
        /^note: Resets remove, with everything below, what this program did not make: user:/,
      );
      assert.equal((await requestReset(port)).status, 204);
      assert.deepEqual(await contents(database.sql), EXPECTED);
    }, ["--take-over"]);
  });
});

Deno.test("serve refuses a wrong token, another method, and an instance that is not for tests; nothing changes", async () => {
  await withDatabase({}, async (database) => {
    const before = await dumpTables(database.sql);
    const path = "/api/v1/e2etests/teardown/";
    await serving(database, async ({ port }) => {
      for (const wrong of ["", "A-token-of-tests", `${TOKEN}x`, TOKEN.slice(1), `${TOKEN}, ${TOKEN}`]) {
        const answer = await requestReset(port, wrong);
        assert.equal(answer.status, 401, wrong);
        assert.match(answer.head, /\r\nWWW-Authenticate: Token\r\n/);
        assert.deepEqual(JSON.parse(answer.body), {
          error: {
            code: "FP453",
            message: "The token is missing or wrong",
            hint: "Send E2E_TEST_AUTH_TOKEN of this server in the header X-E2E-Test-Auth-Token",
          },
        });
      }
      assert.equal((await request(port, `POST ${path}`)).status, 401);
      for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
        const answer = await request(port, `${method} ${path}`, { "X-E2E-Test-Auth-Token": TOKEN });
        assert.equal(answer.status, 405, method);
        assert.match(answer.head, /\r\nAllow: POST\r\n/);
        assert.equal(
          answer.body,
          method === "HEAD" ? "" : '{"error":{"code":"FP455","message":"Only POST is answered here"}}\n',
        );
      }
      const missing = await request(port, "GET /api/v1/flags/");
      assert.deepEqual([missing.status, JSON.parse(missing.body).error.code], [404, "FP456"]);
    });
    for (const value of ["", "false", "0"]) {
      await serving(
        database,
        async ({ port, said }) => {
          assert.equal((await requestReset(port, "wrong")).status, 401);
          const answer = await requestReset(port);
          assert.deepEqual([answer.status, JSON.parse(answer.body).error.code], [400, "FP454"]);
          assert.equal(
            said().err,
            "note: ENABLE_FE_E2E is not true, so every reset will be refused with status 400.\n",
          );
        },
        [],
        { ENABLE_FE_E2E: value },
      );
    }
    assert.deepEqual(await dumpTables(database.sql), before);
  });
});

Deno.test("serve does not start without a token, in a protected instance's reach, or on an address that is taken", async () => {
  await withDatabase({}, async (database) => {
    const world = { databaseUrl: database.url, stdin: DOCUMENT };
    for (const token of ["", "  "]) {
      assert.deepEqual(
        await runCli(["serve", "--file", "-"], { ...world, env: { E2E_TEST_AUTH_TOKEN: token } }),
        {
          code: 64,
          out: "",
          err:
            "error: E2E_TEST_AUTH_TOKEN is not set, and without a token anybody could empty the database [FP450]\n   = hint: Set it to the same text as the API's own\n",
        },
      );
    }
    const short = await runCli(["serve", "--file", "-"], {
      ...world,
      env: { E2E_TEST_AUTH_TOKEN: "seven 7" },
    });
    assert.deepEqual([short.code, short.out, short.err.split("\n")[0]], [
      64,
      "",
      "error: E2E_TEST_AUTH_TOKEN has fewer than 8 characters, and whoever guesses it can empty the database [FP450]",
    ]);
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    assert.deepEqual(
      await runCli(["serve", "--file", "-", "--listen", `127.0.0.1:${port}`], {
        ...world,
        env: { E2E_TEST_AUTH_TOKEN: TOKEN },
      }),
      {
        code: 1,
        out: "",
        err:
          `error: Cannot listen on 127.0.0.1:${port}: another program listens there [FP451]\n   = hint: Give another --listen HOST:PORT; port 0 takes any free one\n`,
      },
    );
    taken.close();
  });
});

Deno.test("serve answers 500 with a JSON error while the database is wrong, and 204 when it is right again", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await serving(
      database,
      async ({ port, said }) => {
        assert.equal((await requestReset(port)).status, 204);
        await sql`alter table users_userpermissiongroup rename column name to was_name`;
        const failed = await requestReset(port);
        assert.equal(failed.status, 500);
        const { error } = JSON.parse(failed.body);
        assert.match(error.code, /^FP4\d\d$/);
        assert.ok(!failed.body.includes("Str0ng"));
        assert.match(said().err, new RegExp(`^error: The reset failed: .* \\[${error.code}\\]\n`));
        await sql`alter table users_userpermissiongroup rename column was_name to name`;
        assert.equal((await requestReset(port)).status, 204);
        assert.deepEqual(await contents(sql), EXPECTED);
        const failures = await sql`select 1 from provisioning_log where event = 'failed'`;
        assert.equal(failures.length, 0, "a failure that is over leaves the log");
      },
      [],
      {},
      WITH_PASSWORDS,
    );
  });
});

Deno.test("serve answers 500 while the database cannot be reached, and 204 as soon as it can", async () => {
  await withDatabase({}, async (database) => {
    const { sql, name } = database;
    await serving(database, async ({ port, said }) => {
      assert.equal((await requestReset(port)).status, 204);
      const admin = postgres((await sharedServer()).url, { max: 1 });
      await admin.unsafe(`alter database ${name} with allow_connections false`);
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name} and application_name like 'flagsmith-provision%'`;
      const failed = await requestReset(port);
      await admin.unsafe(`alter database ${name} with allow_connections true`);
      await admin.end();
      assert.deepEqual([failed.status, JSON.parse(failed.body).error.code], [500, "FP403"]);
      assert.match(
        said().err,
        /^error: The reset failed: The database (cannot be reached|accepts no connections).* \[FP403\]\n/,
      );
      assert.equal((await requestReset(port)).status, 204);
      assert.deepEqual(await contents(sql), EXPECTED);
    });
  });
});

Deno.test("serve tells which mistake of the files only the database shows", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await serving(database, async ({ port, said }) => {
      assert.equal((await requestReset(port)).status, 204);
      await sql`insert into organisations_organisation
        select (jsonb_populate_record(o, jsonb_build_object('id', o.id + n, 'uuid', gen_random_uuid()))).*
        from organisations_organisation o, generate_series(1000, 1001) n where name = 'E2E Billing Org'`;
      const answer = await requestReset(port);
      assert.equal(answer.status, 500);
      const { error } = JSON.parse(answer.body);
      assert.equal(error.code, "FP459");
      assert.equal(error.diagnostics[0].code, "FP301");
      assert.match(said().err, /\[FP301\][^]*\[FP459\]\n$/);
    });
  });
});

Deno.test("serve replaces a connection that was terminated, whether it was idle or at work", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await serving(database, async ({ port, said }) => {
      const kill = () =>
        sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'flagsmith-provision%'`;
      assert.equal((await requestReset(port)).status, 204);
      assert.equal((await kill()).length, 1);
      assert.equal((await requestReset(port)).status, 204);
      assert.deepEqual(await contents(sql), EXPECTED);

      const answer = await sql.begin(async (blocking) => {
        await blocking`lock table organisations_organisation in access exclusive mode`;
        const answer = requestReset(port);
        await waitForBlocked(sql);
        await kill();
        return { answer };
      });
      // Terminated while it worked: once more on a new connection, which now finds nobody in its way.
      assert.equal((await answer.answer).status, 204);
      assert.deepEqual(await contents(sql), EXPECTED);
      assert.equal(said().err, "");
    });
  });
});

/** Waits until the server's session waits for a lock. */
async function waitForBlocked(sql: Sql): Promise<void> {
  for (;;) {
    const [row] = await sql`select count(*)::int as n from pg_stat_activity where datname = current_database()
      and application_name like 'flagsmith-provision%' and wait_event_type = 'Lock'`;
    if (Number(row?.["n"]) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("serve answers ten requests at once from resets that began after each of them came", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await serving(database, async ({ port }) => {
      assert.equal((await requestReset(port)).status, 204);
      const answers = await sql.begin(async (blocking) => {
        // The first one is held up while the others come in, and somebody writes meanwhile.
        await blocking`lock table organisations_organisation in access exclusive mode`;
        const first = requestReset(port);
        await waitForBlocked(sql);
        const rest = Array.from({ length: 9 }, () => requestReset(port));
        for (;;) {
          const { body } = await request(port, "GET /metrics");
          if (body.includes("flagsmith_provision_reset_queue_length 9\n")) break;
        }
        return { all: [first, ...rest] };
      });
      assert.deepEqual((await Promise.all(answers.all)).map((a) => a.status), Array(10).fill(204));
      assert.deepEqual(await contents(sql), EXPECTED);
      const { body } = await request(port, "GET /metrics");
      assert.match(body, /\nflagsmith_provision_resets_total\{outcome="succeeded"\} 3\n/);
      assert.match(body, /\nflagsmith_provision_reset_requests_total\{status="204"\} 11\n/);
      assert.match(body, /\nflagsmith_provision_reset_duration_seconds_count 3\n/);
      assert.match(body, /\nflagsmith_provision_reset_queue_length 0\n/);
    });
  });
});

Deno.test(`serve resets ${MANY} times in a row: one right state, and a log that does not grow`, async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await serving(database, async ({ port }) => {
      const sizes: number[] = [];
      const rows: number[] = [];
      for (let round = 0; round < MANY; round++) {
        if (round % 5 === 1) await use(sql);
        assert.equal((await requestReset(port)).status, 204);
        const [size] = await sql`select count(*)::int as n from provisioning_log where command = 'serve'`;
        sizes.push(Number(size?.["n"]));
        rows.push(
          [...await dumpTables(sql)].filter(([table]) => table !== "provisioning_log").reduce(
            (n, [, r]) => n + r.length,
            0,
          ),
        );
      }
      assert.deepEqual(await contents(sql), EXPECTED);
      assert.equal(new Set(rows).size, 1, String(rows));
      // What the last reset did, and one event that counts what was dropped.
      assert.ok(Math.max(...sizes.slice(2)) <= 100, String(sizes));
      assert.equal(sizes.at(-1), sizes.at(-6));
      const pruned =
        await sql`select details ->> 'events' as events from provisioning_log where event = 'pruned'`;
      assert.equal(pruned.length, 1);
      assert.ok(Number(pruned[0]?.["events"]) > 40 * (MANY - 1));
      // What stands can still be taken back from the log.
      const torn = await runCli(["teardown", "--all", "--yes"], { databaseUrl: database.url });
      assert.equal(torn.code, 0, torn.err);
      const [left] = await sql`select count(*)::int as n from users_ffadminuser`;
      assert.equal(Number(left?.["n"]), 0);
    });
  });
});

Deno.test("serve leaves the events of other commands in the log, and what closes them", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    const applied = await runCli(["--file", "-"], { databaseUrl: database.url, stdin: DOCUMENT });
    assert.equal(applied.code, 0, applied.err);
    const before = await sql`select seq, event, address from provisioning_log order by seq`;
    await serving(database, async ({ port }) => {
      for (let round = 0; round < 4; round++) assert.equal((await requestReset(port)).status, 204);
    });
    assert.deepEqual(
      await sql`select seq, event, address from provisioning_log where command = 'apply' order by seq`,
      before,
    );
    const closed =
      await sql`select distinct u.seq::int as seq from provisioning_log l, jsonb_array_elements_text(l.details -> 'undoes') u(seq)
      where u.seq::bigint in (select seq from provisioning_log where command = 'apply') order by 1`;
    assert.deepEqual(closed.map((r) => r["seq"]), before.map((r) => Number(r["seq"])));
  });
});

Deno.test("serve shows other sessions the old state or the new one, and ends none of them", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await serving(database, async ({ port }) => {
      assert.equal((await requestReset(port)).status, 204);
      const reader = await sql.reserve();
      const [me] = await reader`select pg_backend_pid() as pid`;
      let over = false;
      let looks = 0;
      const polling = (async () => {
        while (!over) {
          assert.deepEqual(await contents(reader as unknown as Sql), EXPECTED);
          looks += 1;
        }
      })();
      for (let round = 0; round < 10; round++) assert.equal((await requestReset(port)).status, 204);
      over = true;
      await polling;
      assert.ok(looks > 10, String(looks));
      assert.deepEqual((await reader`select pg_backend_pid() as pid`)[0], me);
      reader.release();
    });
  });
});

Deno.test("serve refuses to reset what the log protects", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    await serving(database, async ({ port }) => {
      assert.equal((await requestReset(port)).status, 204);
      const protect = (on: boolean) =>
        sql`insert into provisioning_log (run_id, command, event, kind, address, details, tool_version, schema_release, actor, source)
          values (gen_random_uuid(), 'log', 'protected', 'log', 'log:protection', ${
          sql.json({ protected: on })
        }, '0', '', 'postgres', '')`;
      await protect(true);
      // The log may tell of the refusal.
      const tables = async () => [...await dumpTables(sql)].filter(([table]) => table !== "provisioning_log");
      const before = await tables();
      const answer = await requestReset(port);
      assert.deepEqual([answer.status, JSON.parse(answer.body).error.code], [500, "FP426"]);
      assert.deepEqual(await tables(), before);
      await protect(false);
      assert.equal((await requestReset(port)).status, 204);
    });
  });
});

Deno.test("serve finishes a running reset after SIGTERM, takes no new one, and exits with 143", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    const server = await startServing(["--file", "-"], { stdin: DOCUMENT, databaseUrl: database.url });
    const running = await sql.begin(async (blocking) => {
      await blocking`lock table organisations_organisation in access exclusive mode`;
      const answer = requestReset(server.port);
      await waitForBlocked(sql);
      const waiting = requestReset(server.port);
      for (;;) {
        const { body } = await request(server.port, "GET /metrics");
        if (body.includes("reset_queue_length 1\n")) break;
      }
      server.signal("SIGTERM");
      await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: server.port }).then((c) => c.close()));
      return { answer, waiting };
    });
    assert.equal((await running.answer).status, 204);
    const late = await running.waiting;
    assert.deepEqual([late.status, JSON.parse(late.body).error.code], [503, "FP458"]);
    const { code, err } = await server.stop();
    assert.deepEqual([code, err], [143, ""]);
    assert.deepEqual(await contents(sql), EXPECTED);
  });
});

Deno.test("serve rolls a running reset back when the time after SIGTERM is over", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    const server = await startServing(["--file", "-", "--grace", "100ms"], {
      stdin: DOCUMENT,
      databaseUrl: database.url,
    });
    assert.equal((await requestReset(server.port)).status, 204);
    const before = await dumpTables(sql);
    await sql.begin(async (blocking) => {
      await blocking`lock table organisations_organisation in access exclusive mode`;
      const answer = requestReset(server.port);
      await waitForBlocked(sql);
      const { code } = await server.stop();
      assert.equal(code, 143);
      assert.equal((await answer).status, 503);
    });
    assert.deepEqual(await dumpTables(sql), before);
  });
});
