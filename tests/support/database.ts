/** Databases for tests: a clone of a template per test, so that every test starts from the same rows. */
import postgres from "postgres";
import { type SharedServer, sharedServer } from "./shared_server.ts";

/** What a new database holds. */
export interface DatabaseOptions {
  /** Name of a file in `tests/data/schema` without `.sql`, default `2.265.0`; `empty` for a database without tables. */
  readonly schema?: string;
}

/** A database of a test. */
export interface TestDatabase {
  readonly name: string;
  /** Connection URL of a superuser. */
  readonly url: string;
  /** A client of it, with at most four connections; opened when first used, in UTC. */
  readonly sql: postgres.Sql;
  /** Ends the client and removes the database, also when somebody is still connected. */
  drop(): Promise<void>;
}

const schemas = new URL("../data/schema/", import.meta.url);
let templates: Map<string, Promise<string>> | undefined;
let copying: Promise<boolean> | undefined;

/** A new database, cloned from the template of its schema. The caller drops it; what is left goes when the run ends. */
export async function createDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  const server = await sharedServer();
  const template = await templateOf(server, options.schema ?? "2.265.0");
  const name = server.prefix + crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  await asAdmin(server, async (admin) => {
    const strategy = await (copying ??= isCopyingFaster(admin)) ? admin`strategy file_copy` : admin``;
    await admin`create database ${admin(name)} template ${admin(template)} ${strategy}`;
  });
  const url = urlOf(server, name);
  const sql = connect(url, 4);
  return {
    name,
    url,
    sql,
    drop: async () => {
      await sql.end({ timeout: 1 });
      await asAdmin(server, async (admin) => {
        // PostgreSQL 12 has no WITH (FORCE); DROP DATABASE waits for those who are ended.
        await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
        await admin`drop database if exists ${admin(name)}`;
      });
    },
  };
}

/**
 * Runs `test` with a new database and drops it afterwards. Throws also when `test` succeeded but left a connection
 * open, besides that of the client it was given.
 */
export async function withDatabase<T>(
  options: DatabaseOptions,
  test: (database: TestDatabase) => Promise<T>,
): Promise<T> {
  const database = await createDatabase(options);
  try {
    const result = await test(database);
    await assertNoConnections(database);
    return result;
  } finally {
    await database.drop();
  }
}

/**
 * Ends the database's own client, then throws unless nobody is connected any more. Waits up to two seconds, because
 * the server takes a moment to notice that a client has gone.
 */
export async function assertNoConnections(database: TestDatabase): Promise<void> {
  await database.sql.end({ timeout: 1 });
  const server = await sharedServer();
  await asAdmin(server, async (admin) => {
    for (const end = performance.now() + 2000;;) {
      const left = await admin<{ pid: number; application_name: string; state: string; query: string }[]>`
        select pid, application_name, coalesce(state, '') as state, left(query, 80) as query
        from pg_stat_activity where datname = ${database.name} and backend_type = 'client backend'`;
      if (left.length === 0) return;
      if (performance.now() > end) {
        throw new Error(
          `Database ${database.name} still has ${left.length} connections: ` +
            left.map((row) => `${row.pid} ${row.application_name} ${row.state} ${row.query}`).join("; "),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
}

/** Name of the template of a schema; made by the first caller of the run, over all workers. */
function templateOf(server: SharedServer, schema: string): Promise<string> {
  if (schema === "empty") return Promise.resolve("template0");
  templates ??= new Map();
  const known = templates.get(schema) ?? makeTemplate(server, schema);
  templates.set(schema, known);
  return known;
}

async function makeTemplate(server: SharedServer, schema: string): Promise<string> {
  const name = `${server.prefix}template_${schema.replaceAll(/[^a-z0-9]/g, "_")}`; // the driver reads a dot as a schema's
  await asAdmin(server, async (admin) => {
    // Held by this session: the other workers wait here until the template is complete.
    await admin`select pg_advisory_lock(hashtext(${name}))`;
    const [existing] = await admin`select 1 from pg_database where datname = ${name}`;
    if (existing !== undefined) return;
    const text = await Deno.readTextFile(new URL(`${schema}.sql`, schemas));
    const loading = `${name}_loading`;
    await admin`create database ${admin(loading)} template template0`;
    const sql = connect(urlOf(server, loading), 1);
    try {
      await sql.unsafe(text); // without parameters: the simple protocol, which takes many statements
    } finally {
      await sql.end();
    }
    await admin`alter database ${admin(loading)} rename to ${admin(name)}`;
  });
  return name;
}

/**
 * True where a clone is made faster by copying files than by writing each block to the log, as PostgreSQL 15 and later do unless
 * told: where no file is synced.
 */
async function isCopyingFaster(admin: postgres.Sql): Promise<boolean> {
  const [row] = await admin<{ faster: boolean }[]>`
    select current_setting('server_version_num')::int >= 150000 and current_setting('fsync') = 'off' as faster`;
  return row?.faster === true;
}

async function asAdmin<T>(server: SharedServer, work: (admin: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const admin = connect(server.url, 1);
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function connect(url: string, max: number): postgres.Sql {
  return postgres(url, {
    max,
    onnotice: () => {},
    connection: { TimeZone: "UTC", application_name: "test" },
  });
}

function urlOf(server: SharedServer, name: string): string {
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}
