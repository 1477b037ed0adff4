/** `serve` as a process: how fast it resets, how it ends, what it holds of the database. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { type Ended, start } from "../support/program.ts";
import { request, requestReset, TOKEN } from "../support/serving.ts";

const { documents: [seed] } = JSON.parse(
  await Deno.readTextFile(new URL("../data/recordings/e2e.input.json", import.meta.url)),
);

/** The server as a process that listens. */
interface ServerProcess {
  readonly port: number;
  kill(signal: "SIGTERM" | "SIGINT"): void;
  ended(): Promise<Ended>;
}

async function startServer({ url }: TestDatabase, args: readonly string[] = []): Promise<ServerProcess> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/e2e.yaml`;
  await Deno.writeTextFile(file, JSON.stringify({ version: "1.0", ...seed }));
  const process = start(["serve", "--file", file, "--listen", "127.0.0.1:0", ...args], {
    env: { DATABASE_URL: url, E2E_TEST_AUTH_TOKEN: TOKEN, ENABLE_FE_E2E: "true" },
  });
  const listening = Promise.withResolvers<number>();
  let out = "";
  const reading = (async () => {
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      out += text;
      const [, port] = /^Listening on http:\/\/127\.0\.0\.1:(\d+)$/m.exec(out) ?? [];
      if (port !== undefined) listening.resolve(Number(port));
    }
  })();
  const err = new Response(process.stderr).text();
  const ended = (async () => {
    await reading;
    const { code } = await process.status;
    await Deno.remove(folder, { recursive: true });
    listening.reject(new Error(`serve ended with ${code}\n${out}${await err}`));
    return { code, out, err: await err };
  })();
  return { port: await listening.promise, kill: (signal) => process.kill(signal), ended: () => ended };
}

/**
 * The limit of `docs/serve.md#speed`, milliseconds. Beside other tests the machine belongs to nobody, so the ordinary
 * run only tells a reset from the application's own (1.9 s); a full run, and `deno task bench`, hold it against the
 * limit.
 */
const LIMIT = Deno.env.get("FULL_TESTS") === "1" ? 150 : 1000;

Deno.test("a warm reset of the E2E data set is quick, the answer included", async () => {
  await withDatabase({}, async (database) => {
    const server = await startServer(database);
    assert.equal((await requestReset(server.port)).status, 204);
    const times: number[] = [];
    // The median of nine; a machine that is busy with other tests gets more tries, never a higher limit.
    for (let round = 0; round < 10 && (times.length === 0 || median(times) > LIMIT); round++) {
      times.length = 0;
      for (let i = 0; i < 9; i++) {
        const begin = performance.now();
        assert.equal((await requestReset(server.port)).status, 204);
        times.push(performance.now() - begin);
      }
    }
    server.kill("SIGTERM");
    assert.equal((await server.ended()).code, 143);
    assert.ok(median(times) <= LIMIT, `${median(times).toFixed(0)} ms`);
  });
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

for (const [signal, exit] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test(`serve as a process ends a running reset at ${signal}, then exits with ${exit}`, async () => {
    await withDatabase({}, async (database) => {
      const { sql } = database;
      const server = await startServer(database, ["--grace", "200ms"]);
      assert.equal((await requestReset(server.port)).status, 204);
      const before = await dumpTables(sql);
      await sql.begin(async (blocking) => {
        await blocking`lock table organisations_organisation in access exclusive mode`;
        const answer = requestReset(server.port);
        for (let waiting = 0; waiting === 0;) {
          const [row] = await sql`select count(*)::int as n from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`;
          waiting = Number(row?.["n"]);
        }
        server.kill(signal);
        assert.equal((await answer).status, 503);
        const { code, out, err } = await server.ended();
        assert.deepEqual([code, err], [exit, ""]);
        assert.match(out, /^Listening on .*\nReset in .*\n$/);
      });
      assert.deepEqual(await dumpTables(sql), before);
    });
  });
}

Deno.test("serve as a process keeps one connection, and ends none of others", async () => {
  await withDatabase({}, async (database) => {
    const { sql } = database;
    const server = await startServer(database);
    const others = await sql.reserve();
    const [me] = await others`select pg_backend_pid() as pid`;
    const connections = () =>
      sql`select pid from pg_stat_activity where datname = current_database() and application_name like 'flagsmith-provision%'`;
    const first = await connections();
    for (let round = 0; round < 5; round++) assert.equal((await requestReset(server.port)).status, 204);
    assert.deepEqual([first.length, await connections()], [1, first]);
    assert.deepEqual((await others`select pg_backend_pid() as pid`)[0], me);
    others.release();
    assert.equal((await request(server.port, "GET /health")).status, 200);
    server.kill("SIGTERM");
    assert.equal((await server.ended()).code, 143);
  });
});
