/** A PostgreSQL server for tests and for the quick start, whatever the machine has. */
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { type Binaries, fetchEmbedded, findBinaries } from "./postgres_binaries.ts";
import { DURABLE, type PostgresProcess, serverAccount, startProcess } from "./postgres_process.ts";
import { directoryPrefix } from "./sweep_leftovers.ts";

/** Where a server comes from: a URL that was given, programs on the machine, the npm package, or Docker. */
export type Provider = "url" | "binaries" | "embedded" | "docker";

/** How to get a server. */
export interface ServerOptions {
  /** Try this provider and no other. */
  readonly only?: Provider;
  /** Server to use instead of starting one; by default what `TEST_DATABASE_URL` says. */
  readonly databaseUrl?: string | undefined;
  /** TCP port on 127.0.0.1; by default a free one. Only for servers that are started from programs. */
  readonly port?: number;
  /** Commits survive a crash, as an operator's do; for measuring. Only for servers that are started from programs. */
  readonly durable?: boolean;
}

/** A server that answers. */
export interface Server {
  /** Connection URL of a superuser, without a trailing slash, naming the database `postgres` (or that of the given URL). */
  readonly url: string;
  readonly provider: Provider;
  /** Of servers that are started from programs. */
  readonly restart?: PostgresProcess["restart"];
  /** Stops what was started and removes its data; leaves a server that was given alone. */
  stop(): Promise<void>;
}

/**
 * A running server from the first provider that works: `TEST_DATABASE_URL`, PostgreSQL programs on the machine, the
 * embedded PostgreSQL from npm, a container. A server that happens to run on port 5432 is never touched unless the
 * variable names it. Throws with what each provider said and a hint when none works; a variable that names an
 * unreachable server is an error at once, since another server is not what was asked for.
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const databaseUrl = options.databaseUrl ?? Deno.env.get("TEST_DATABASE_URL");
  // A version that is asked for is that of the embedded server; those of the machine have their own.
  const asksForVersion = options.databaseUrl === undefined &&
    Deno.env.get("TEST_POSTGRES_VERSION") !== undefined;
  const only = options.only ?? (asksForVersion ? "embedded" : undefined);
  const wants = (provider: Provider) => only === undefined || only === provider;
  if (databaseUrl && wants("url")) {
    await ping(databaseUrl);
    return { url: databaseUrl, provider: "url", stop: () => Promise.resolve() };
  }
  const reasons: string[] = [];
  const attempt = async (provider: Provider, start: () => Promise<Server>): Promise<Server | undefined> => {
    if (!wants(provider)) return undefined;
    try {
      return await start();
    } catch (error) {
      reasons.push(`  ${provider}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  if (wants("url")) reasons.push("  url: TEST_DATABASE_URL is not set");
  const server = await attempt("binaries", () => startFound(options)) ??
    await attempt(
      "embedded",
      () => startOwn("embedded", async (directory) => fetchEmbedded(await directory()), options),
    ) ??
    await attempt("docker", startContainer);
  if (server !== undefined) return server;
  throw new Error(
    `Cannot get a PostgreSQL server for the tests\n${reasons.join("\n")}\n` +
      "  hint: Set TEST_DATABASE_URL to a server the tests may create databases on, or install PostgreSQL",
  );
}

async function startFound(options: ServerOptions): Promise<Server> {
  const found = await findBinaries();
  const [best] = found;
  if (best === undefined) throw new Error("initdb and postgres were not found");
  return await startOwn("binaries", () => Promise.resolve(best), options);
}

/** Starts a server in temporary directories that its account owns. */
async function startOwn(
  provider: Provider,
  programs: (directory: () => Promise<string>) => Promise<Binaries>,
  { port, durable = false }: ServerOptions,
): Promise<Server> {
  const account = await serverAccount();
  const made: string[] = [];
  const directory = async (parent?: string) => {
    const path = await Deno.makeTempDir({
      ...(parent === undefined ? {} : { dir: parent }),
      prefix: directoryPrefix(),
    });
    made.push(path);
    if (account !== undefined) await Deno.chown(path, account.uid, account.gid);
    return path;
  };
  const clean = async () => {
    for (const path of made) await Deno.remove(path, { recursive: true });
  };
  try {
    // Two places, because a file system in memory may refuse to execute programs.
    const binaries = await programs(async () => join(await directory(), "pgsql"));
    const home = await directory(durable ? undefined : await memoryDirectory());
    const process = await startProcess(binaries, home, account, port, durable ? DURABLE : {});
    return {
      url: `postgres://postgres@127.0.0.1:${process.port}/postgres`,
      provider,
      restart: process.restart,
      stop: async () => {
        await process.stop();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

/**
 * A file system in memory with room for many databases, where there is one: a clone of the schema is 1,500 files, which
 * take up to ten times as long on a disk that is busy.
 */
export async function memoryDirectory(): Promise<string | undefined> {
  try {
    const { bavail, bsize } = await statfs("/dev/shm");
    return bavail * bsize >= 2 ** 31 ? "/dev/shm" : undefined;
  } catch {
    return undefined;
  }
}

/** Loaded only here: the package is large and few machines come this far. */
async function startContainer(): Promise<Server> {
  const name = "npm:@testcontainers/postgresql@^12.2.0";
  const { PostgreSqlContainer } = await import(name) as {
    readonly PostgreSqlContainer: new (image: string) => {
      start(): Promise<{ getConnectionUri(): string; stop(): Promise<unknown> }>;
    };
  };
  const container = await new PostgreSqlContainer("postgres:15-alpine").start();
  return {
    url: container.getConnectionUri(),
    provider: "docker",
    stop: async () => {
      await container.stop();
    },
  };
}

async function ping(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`select 1`;
  } finally {
    await sql.end();
  }
}
