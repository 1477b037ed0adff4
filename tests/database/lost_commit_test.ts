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
    await withDatabase({}, async (database) => {
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
