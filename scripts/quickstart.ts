/**
 * `deno task quickstart`: a PostgreSQL server of its own with Flagsmith's empty tables, and the `bootstrap` set applied
 * to it. On a terminal the server stays until Ctrl-C; elsewhere, or with `--once`, it goes at once (`--keep` says stay).
 * Nothing of it touches a server that already runs on the machine, and nothing is left behind.
 */
import postgres from "postgres";
import { main, processIo } from "../mod.ts";
import { type Server, startServer } from "../tests/support/postgres_server.ts";
import { complain } from "./terminal.ts";

const SCHEMA = new URL("../tests/data/schema/2.265.0.sql", import.meta.url);
const DATABASE = "flagsmith";

/** Whether the server stays after the run. Throws on an argument that is not known. */
export function staysOpen(args: readonly string[], onTerminal: boolean): boolean {
  const unknown = args.find((arg) => arg !== "--once" && arg !== "--keep");
  if (unknown !== undefined) {
    throw new Error(`Unknown argument "${unknown}"; the arguments are --once and --keep`);
  }
  return args.includes("--keep") || (onTerminal && !args.includes("--once"));
}

/** What to try next while the server stays. */
export function nextSteps(url: string): readonly string[] {
  return [
    "",
    "The database stays until you press Ctrl-C. In another terminal you can",
    "",
    "  look at what was made, and at the log of it:",
    `    psql ${url} -c 'SELECT event, address FROM provisioning_log'`,
    "  apply the same set again, which skips what exists:",
    `    DATABASE_URL=${url} bin/deno run -A mod.ts --preset bootstrap`,
    "  apply more, such as two companies to look around in:",
    `    DATABASE_URL=${url} bin/deno run -A mod.ts --preset demo`,
  ];
}

/** The embedded server; where it cannot be had, any other that the machine can start. */
async function start(stopped: AbortSignal): Promise<Server> {
  try {
    return await startServer({ only: "embedded" });
  } catch (error) {
    if (stopped.aborted) throw error;
    return await startServer({ databaseUrl: "" });
  }
}

/** Creates the database with the tables of a freshly migrated Flagsmith; gives its URL. */
async function createDatabase(server: Server): Promise<string> {
  const url = new URL(server.url);
  const run = async (at: string, text: string) => {
    const sql = postgres(at, { max: 1, onnotice: () => {} });
    try {
      await sql.unsafe(text);
    } finally {
      await sql.end();
    }
  };
  await run(url.href, `CREATE DATABASE ${DATABASE}`);
  url.pathname = `/${DATABASE}`;
  await run(url.href, await Deno.readTextFile(SCHEMA));
  return url.href;
}

/** Applies the set. Remarks come before lines, so that what was made is said last. */
async function bootstrap(url: string): Promise<number> {
  const real = processIo();
  let lines = "";
  const code = await main(["apply", "--preset", "bootstrap", "--database-url", url], {
    ...real,
    out: (text) => void (lines += text),
  });
  real.out(lines);
  return code;
}

async function quickstart(args: readonly string[]): Promise<number> {
  const stays = staysOpen(args, Deno.stdin.isTerminal() && Deno.stdout.isTerminal());
  const stopping = new AbortController();
  // A terminal sends the signal to the server, too; without this listener our process would end before it has tidied up.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopping.abort());
  }
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
  complain("Starting a PostgreSQL server of its own (downloaded from npm at the first run) …");
  const server = await start(stopping.signal);
  try {
    complain("Creating the tables of a freshly migrated Flagsmith 2.265.0 …");
    const url = await createDatabase(server);
    if (stopping.signal.aborted) return 130;
    complain("Applying the shipped set: flagsmith-provision --preset bootstrap");
    complain("");
    const code = await bootstrap(url);
    if (code !== 0 || !stays || stopping.signal.aborted) return code;
    for (const line of nextSteps(url)) complain(line);
    await stopped;
    return 0;
  } finally {
    await server.stop();
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await quickstart(Deno.args));
  } catch (error) {
    complain(`error: ${error instanceof Error ? error.message : String(error)}`);
    Deno.exit(1);
  }
}
