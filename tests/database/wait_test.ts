/** `--wait`: the server and Flagsmith's migrations may come after this process. */
import assert from "node:assert/strict";
import postgres from "postgres";
import { createDatabase, type TestDatabase, withDatabase } from "../support/database.ts";
import { assertUntouched } from "../support/untouched.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

const INPUT = JSON.stringify({ version: "1.0", users: [{ email: "a@example.com" }] });
const CREATED = 'Created user "a@example.com".\nProvisioning complete: 1 created, 0 skipped.\n';

async function apply(
  databaseUrl: string,
  args: readonly string[],
  speed = 1,
): Promise<CliResult & { ms: number }> {
  const start = performance.now();
  const result = await runCli(["apply", "-f", "-", ...args], {
    databaseUrl,
    stdin: INPUT,
    io: { now: () => Math.round(Date.now() + (performance.now() - start) * (speed - 1)) },
  });
  return { ...result, ms: performance.now() - start };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A port that nobody listens on. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

/** Listens on the port and passes everything on to the database's server, until `close`. */
function openGate({ url }: TestDatabase, port: number): { close(): Promise<void> } {
  const { hostname, port: serverPort } = new URL(url);
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const running = (async () => {
    const links: Promise<unknown>[] = [];
    for await (const client of listener) {
      const server = await Deno.connect({ hostname, port: Number(serverPort) });
      links.push(
        client.readable.pipeTo(server.writable).catch(() => {}),
        server.readable.pipeTo(client.writable).catch(() => {}),
      );
    }
    await Promise.all(links);
  })();
  return {
    close: async () => {
      listener.close();
      await running;
    },
  };
}

Deno.test("--wait waits for a server that is not there yet, and goes on as soon as it is", async () => {
  await withDatabase({}, async (database) => {
    const port = freePort();
    const url = new URL(database.url);
    url.hostname = "127.0.0.1";
    url.port = String(port);
    const waiting = apply(url.href, ["--wait", "30s"]);
    await pause(700);
    const gate = openGate(database, port);
    const { code, out, err } = await waiting;
    await gate.close();
    assert.deepEqual([code, out], [0, CREATED], err);
  });
});

Deno.test("--wait ends with exit code 75 when the server does not come, and says after ten seconds what it waits for", async () => {
  const url = `postgres://u@127.0.0.1:${freePort()}/d`;
  const target = url.slice("postgres://".length);
  const message = `nothing listens there (${target})`;
  const over = (wait: string) =>
    `error: The database did not accept a connection within ${wait}: ${message} [FP471]\n   = hint: Check address and port, and that the server is starting; or give a longer --wait\n`;
  const { code, out, err, ms } = await apply(url, ["--wait", "500ms"]);
  assert.deepEqual([code, out, err], [75, "", over("500 ms")]);
  assert.ok(ms >= 500, String(ms));
  // Thirty times faster: a minute passes in two seconds.
  const [told, quiet] = await Promise.all(
    [[], ["--quiet"]].map((more) => apply(url, ["--wait", "60s", ...more], 30)),
  );
  assert.equal(told?.err, `note: Still waiting: ${message}.\n${over("60 s")}`);
  assert.equal(quiet?.err, over("60 s"));
});

Deno.test("a server that accepts and hangs up is not tried for ever", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const connection of listener) connection.close();
  })();
  const url = `postgres://u@127.0.0.1:${listener.addr.port}/d?sslmode=disable`;
  const { code, err } = await apply(url, ["--connect-timeout", "300ms"]);
  assert.equal(code, 69);
  assert.match(
    err,
    /^error: The database cannot be reached: it (did not answer in time|closed the connection) \(.*\) \[FP403\]\n/,
  );
  const waited = await apply(url, ["--connect-timeout", "300ms", "--wait", "500ms"]);
  assert.equal(waited.code, 75, waited.err);
  listener.close();
  await accepting;
});

Deno.test("--wait does not wait for what no waiting cures", async () => {
  await withDatabase({}, async ({ url }) => {
    const stranger = new URL(url);
    stranger.username = "nobody_of_this_name";
    const { code, err, ms } = await apply(stranger.href, ["--wait", "60s"]);
    assert.equal(code, 69);
    assert.match(err, /^error: The database does not know the user, or it may not log in \(.*\) \[FP403\]\n/);
    assert.ok(ms < 10_000, String(ms));
  });
});

Deno.test("--wait waits until Flagsmith's tables are there", async () => {
  const database = await createDatabase({ schema: "empty" });
  try {
    const { code, err } = await apply(database.url, ["--wait", "300ms"]);
    assert.deepEqual(
      [code, err],
      [
        75,
        "error: Flagsmith's migrations were not complete within 300 ms: the table django_migrations is missing [FP472]\n   = hint: Check that the migrations run (python manage.py migrate) on this database; or give a longer --wait. Nothing was changed\n",
      ],
    );
    const waiting = apply(database.url, ["--wait", "60s"]);
    await pause(300);
    const migrating = postgres(database.url, { max: 1, onnotice: () => {} });
    await migrating.unsafe(await Deno.readTextFile(new URL("../data/schema/2.265.0.sql", import.meta.url)));
    await migrating.end();
    const late = await waiting;
    assert.deepEqual([late.code, late.out], [0, CREATED], late.err);
  } finally {
    await database.drop();
  }
});

Deno.test("--wait goes on when django_migrations has not moved for two seconds", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const migrate = (name: string) =>
      sql`insert into django_migrations (app, name, applied) values ('features', ${name}, now())`;
    await migrate("9001_first");
    const waiting = apply(url, ["--wait", "60s"]);
    for (const name of ["9002_second", "9003_third"]) {
      await pause(1200);
      await migrate(name);
    }
    const { code, out, err } = await waiting;
    assert.deepEqual([code, out], [0, CREATED], err);
    const [row] = await sql`select extract(epoch from min(l.recorded_at) - max(m.applied))::float as seconds
      from provisioning_log l, django_migrations m`;
    assert.ok(Number(row?.["seconds"]) >= 2 && Number(row?.["seconds"]) < 10, String(row?.["seconds"]));
  });
});

Deno.test("--wait says that migrations are still running, or which column is missing, when the time is over", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    await sql`update django_migrations set applied = now()`;
    await assertUntouched(database, async () => {
      assert.match(
        (await apply(url, ["--wait", "300ms"])).err,
        /^error: Flagsmith's migrations were not complete within 300 ms: they are still being applied \[FP472\]\n/,
      );
    });
    await sql`alter table environments_environment drop column deleted_at`;
    const { code, err } = await apply(url, ["--wait", "300ms"]);
    assert.equal(code, 75);
    assert.match(
      err,
      /^error: Flagsmith's migrations were not complete within 300 ms: the column environments_environment.deleted_at is missing \[FP472\]\n/,
    );
  });
});

Deno.test("--wait-for waits for one migration, and needs --wait", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const { code, err } = await apply(url, ["--wait", "300ms", "--wait-for", "features.9001"]);
    assert.equal(code, 75);
    assert.match(err, /: the migration features\.9001 is missing \[FP472\]\n/);
    const waiting = apply(url, ["--wait", "60s", "--wait-for", "features.9001"]);
    await pause(400);
    await sql`insert into django_migrations (app, name, applied) values ('features', '9001_shoes', now())`;
    const late = await waiting;
    assert.deepEqual([late.code, late.out], [0, CREATED], late.err);
    assert.deepEqual(
      await runCli(["plan", "-f", "-", "--wait-for", "features.0067"], { databaseUrl: url, stdin: INPUT }),
      {
        code: 64,
        out: "",
        err:
          "error: --wait-for says what to wait for, and --wait is missing, which says how long [FP473]\n   = hint: Add --wait 60s\n",
      },
    );
    for (const wrong of ["features", "features.67", "Features.0067"]) {
      const { code, err } = await runCli(["plan", "-f", "-", "--wait-for", wrong], { databaseUrl: url });
      assert.deepEqual([code, /It takes a migration such as features\.0067/.test(err)], [64, true], err);
    }
  });
});

Deno.test("--wait waits while a migration holds the table of migrations", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    let waiting: Promise<CliResult> | undefined;
    await sql.begin(async (migration) => {
      await migration`lock table django_migrations in access exclusive mode`;
      const { code, err } = await apply(url, ["--wait", "300ms"]);
      assert.equal(code, 75);
      assert.match(err, /: they are still being applied \[FP472\]\n/);
      waiting = apply(url, ["--wait", "60s"]);
      await pause(300);
    });
    assert.equal((await waiting)?.out, CREATED);
  });
});

Deno.test("every command that connects waits", async () => {
  const databaseUrl = `postgres://u@127.0.0.1:${freePort()}/d`;
  for (
    const args of [
      ["apply", "-f", "-"],
      ["plan", "-f", "-"],
      ["status", "-f", "-"],
      ["adopt", "-f", "-"],
      ["reset", "-f", "-"],
      ["serve", "-f", "-"],
      ["teardown", "--all", "--yes"],
      ["export", "--organisation", "O"],
      ["reset-link", "a@example.com"],
      ["log"],
      ["log", "init"],
      ["log", "prune"],
      ["log", "protect"],
    ]
  ) {
    const { code, err } = await runCli([...args, "--database-url", databaseUrl, "--wait", "10ms"], {
      stdin: INPUT,
      env: { DJANGO_SECRET_KEY: "s", E2E_TEST_AUTH_TOKEN: "a-long-enough-token" },
    });
    assert.deepEqual([code, /\[FP471\]/.test(err)], [75, true], `${args.join(" ")}: ${err}`);
  }
});
