/**
 * Program: owns the PostgreSQL server of one `deno test` run, from the first test that wants a database until the
 * run's process is gone, however it ended. Arguments: state directory, process id, start mark of the process.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { isAlive } from "./process_alive.ts";
import { memoryDirectory, startServer } from "./postgres_server.ts";
import { sweepLeftovers } from "./sweep_leftovers.ts";

/** Drops the databases whose name starts with `prefix`; for a server that outlives the run. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    for (
      const { datname } of await sql`select datname from pg_database where starts_with(datname, ${prefix})`
    ) {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${datname}`;
      await sql`drop database if exists ${sql(datname)}`;
    }
  } finally {
    await sql.end();
  }
}

async function host(state: string, pid: number, mark: string): Promise<void> {
  const publish = async (name: string, content: unknown) => {
    await Deno.writeTextFile(join(state, "partial"), JSON.stringify(content), { mode: 0o600 });
    await Deno.rename(join(state, "partial"), join(state, name)); // whole or not at all
  };
  let told = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => told = true);
  const runOver = async () => {
    while (!told && isAlive(pid, mark)) await new Promise((resolve) => setTimeout(resolve, 250));
  };
  try {
    for (const parent of new Set([tmpdir(), await memoryDirectory() ?? tmpdir()])) {
      await sweepLeftovers(parent);
    }
    const server = await startServer();
    const prefix = `fp_test_${crypto.randomUUID().slice(0, 8)}_`;
    try {
      await publish("ready.json", { url: server.url, prefix });
      await runOver();
      if (server.provider === "url") await dropDatabases(server.url, prefix);
    } finally {
      await server.stop();
    }
  } catch (error) {
    await publish("failed.json", { message: error instanceof Error ? error.message : String(error) });
    await runOver();
  } finally {
    await Deno.remove(state, { recursive: true }).catch(() => {}); // another run may have swept it
    Deno.exit();
  }
}

if (import.meta.main) {
  const [state = "", pid = "", mark = ""] = Deno.args;
  await host(state, Number(pid), mark);
}
