/** A connection that is lost while committing, where learning the outcome is harder than usual. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { type FaultPlan, type FaultProxy, startFaultProxy } from "../support/fault_proxy.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

const INPUT = JSON.stringify({ version: "1.0", users: [{ email: "a@example.com" }] });
const OUT = 'Created user "a@example.com".\nProvisioning complete: 1 created, 0 skipped.\n';
const LEARNED =
  "note: The connection was lost while committing; the log shows that the run had been committed.\n";

type Signal = (name: "SIGINT" | "SIGTERM") => void;

/** Applies through a proxy that makes the fault happen at COMMIT. */
async function lose(
  database: TestDatabase,
  fault: FaultPlan["fault"]["kind"],
  onCommit?: (signal: Signal) => void,
): Promise<CliResult> {
  const counting = startFaultProxy(database.url);
  await runCli(["apply", "-f", "-", "--dry-run"], { databaseUrl: counting.url, stdin: INPUT });
  // A dry run rolls back where the run commits.
  const at = counting.scripts.indexOf("ROLLBACK");
  assert.ok(at > 0);
  await counting.close();
  const proxy: FaultProxy = startFaultProxy(database.url);
  let signal: Signal = () => {};
  proxy.arm({ at, fault: { kind: fault }, onHit: () => onCommit?.(signal) });
  try {
    const result = await runCli(["apply", "-f", "-"], {
      databaseUrl: proxy.url,
      stdin: INPUT,
      io: {
        onSignal: (callback) => {
          signal = callback;
          return () => {};
        },
      },
    });
    assert.equal(proxy.scripts[at], "COMMIT");
    return result;
  } finally {
    await proxy.close();
  }
}

async function users({ sql }: TestDatabase): Promise<number> {
  return Number((await sql`select count(*)::int as n from users_ffadminuser`)[0]?.["n"]);
}

for (const level of ["repeatable read", "serializable"]) {
  Deno.test(`a commit that ends after the new connection was made is seen where sessions are ${level} by default`, async () => {
    await withDatabase({ newConnections: true }, async (database) => {
      const { sql, name } = database;
      await sql.unsafe(`alter database "${name}" set default_transaction_isolation to '${level}'`);
      assert.deepEqual(await lose(database, "late"), { code: 0, out: OUT, err: LEARNED });
      assert.equal(await users(database), 1);
    });
  });
}

for (const [name, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test(`${name} while committing over a connection that is lost says what became of the run`, async () => {
    for (const fault of ["after", "late"] as const) {
      await withDatabase({}, async (database) => {
        assert.deepEqual(await lose(database, fault, (signal) => signal(name)), {
          code,
          out: OUT,
          err: `${LEARNED}note: Interrupted, but the run had been committed.\n`,
        });
        assert.equal(await users(database), 1);
      });
    }
    await withDatabase({}, async (database) => {
      assert.deepEqual(await lose(database, "before", (signal) => signal(name)), {
        code,
        out: "",
        err: "error: Interrupted; the run was rolled back and nothing was changed\n",
      });
      assert.equal(await users(database), 0);
    });
  });
}

/** A relay that ends a connection after so many bytes of the client, in the middle of whatever it sends. */
function startRelay(databaseUrl: string, bytes: number): { readonly url: string; close(): Promise<void> } {
  const target = new URL(databaseUrl);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const running = (async () => {
    const links: Promise<unknown>[] = [];
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: target.hostname, port: Number(target.port || 5432) });
      let sent = 0;
      const cut = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          sent += chunk.length;
          if (sent > bytes) controller.error(new Error("cut"));
          else controller.enqueue(chunk);
        },
      });
      links.push(
        client.readable.pipeThrough(cut).pipeTo(server.writable).catch(() => {}),
        server.readable.pipeTo(client.writable).catch(() => {}),
      );
    }
    await Promise.all(links);
  })();
  const url = new URL(databaseUrl);
  url.port = String(listener.addr.port);
  url.searchParams.set("sslmode", "disable");
  return {
    url: url.href,
    close: async () => {
      listener.close();
      await running;
    },
  };
}

Deno.test("a connection that is lost while a large script is sent is a lost connection, and nothing is changed", async () => {
  const stdin = JSON.stringify({
    version: "1.0",
    organisations: [{ name: "O" }],
    projects: [{
      name: "P",
      organisation: "O",
      environments: ["a", "b", "c", "d"].map((name) => ({ name })),
      features: [...Array(3000).keys()].map((n) => ({ name: `f${n}` })),
    }],
  });
  await withDatabase({}, async ({ sql, url }) => {
    for (const bytes of [1_000_000, 2_000_000, 3_000_000]) {
      const relay = startRelay(url, bytes);
      const { code, out, err } = await runCli(["apply", "-f", "-"], { databaseUrl: relay.url, stdin })
        .finally(relay.close);
      assert.deepEqual([code, out, err], [
        69,
        "",
        "error: Cannot write the rows: the connection to the database was lost [FP404]\n   = hint: Nothing was changed; run it again\n",
      ]);
      assert.equal((await sql`select count(*)::int as n from features_feature`)[0]?.["n"], 0);
    }
  });
});
