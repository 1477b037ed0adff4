/** Databases for tests: a clone of a template per test, so that every test starts from the same rows. */
import { join } from "node:path";
import postgres from "postgres";
import { IdleDatabases } from "./idle_databases.ts";
import { AS_NEW, KEPT, KeptConnections } from "./kept_connections.ts";
import { canRestore, lookAtTemplate, type Pristine, restorePristine } from "./pristine.ts";
import { type SharedServer, sharedServer } from "./shared_server.ts";
import { type WarmDatabase, WarmDatabases } from "./warm_databases.ts";

/** What a new database holds. */
export interface DatabaseOptions {
  /** Name of a file in `tests/data/schema` without `.sql`, default `2.265.0`; `empty` for a database without tables. */
  readonly schema?: string;
  /** Every run connects anew: for a test that changes what sessions begin with, or counts what each one did. */
  readonly newConnections?: true;
  /** What is done to the database first; made once for all tests of the run that begin with the same. */
  readonly given?: Given;
}

/** A beginning that tests share. */
export interface Given {
  /** Whatever decides what the database will hold: equal keys, equal beginnings. */
  readonly key: string;
  prepare(database: TestDatabase): Promise<unknown>;
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
const LATEST = "2.265.0";
/** A database that was restored so often has seen enough; each time leaves some dead rows behind. */
const MOST_USES = 50;

/** What `pg_stat_activity` calls the connections of a test's own client. */
const CLIENT = "test";

interface Template {
  readonly name: string;
  /** Undefined when a clone cannot be restored. */
  readonly pristine?: Pristine;
}

let templates: Map<string, Promise<Template>> | undefined;
let copying: Promise<boolean> | undefined;

/** A new database, cloned from the template of its schema. The caller drops it; what is left goes when the run ends. */
export async function createDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  const server = await sharedServer();
  const template = await templateOf(server, options);
  const name = server.prefix + crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  await asAdmin(server, (admin) => clone(admin, name, template.name));
  return databaseOf(server, name);
}

async function clone(admin: postgres.Sql, name: string, template: string): Promise<void> {
  const strategy = await (copying ??= isCopyingFaster(admin)) ? admin`strategy file_copy` : admin``;
  await admin`create database ${admin(name)} template ${admin(template)} ${strategy}`;
}

function databaseOf(server: SharedServer, name: string): TestDatabase {
  const url = urlOf(server, name);
  const sql = connect(url, 4, true);
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
 * Runs `test` with a database that holds what its template holds, and takes it away afterwards. Throws also when `test`
 * succeeded but left a connection open, besides that of the client it was given.
 *
 * A database in which nothing but rows and sequences changed is restored and given to another test: with its connections to one
 * of this isolate, without them to one of the run.
 */
export async function withDatabase<T>(
  options: DatabaseOptions,
  test: (database: TestDatabase) => Promise<T>,
): Promise<T> {
  const server = await sharedServer();
  const content = await contentOf(options);
  const found = options.newConnections ? undefined : warm.take(content);
  const { database, uses } = found ?? await findDatabase(server, content, options);
  const kept = found?.kept ?? (options.newConnections ? undefined : new KeptConnections(database.url));
  let restored = false;
  let session: postgres.Sql | undefined;
  try {
    const result = await test(database);
    const { pristine } = await templateOf(server, options);
    await kept?.settle();
    session = await onlySession(database, pristine !== undefined);
    if (kept !== undefined) await assertNoSettings(session);
    restored = pristine !== undefined && uses < MOST_USES &&
      await restorePristine(session, pristine).catch(() => false);
    return result;
  } finally {
    const used = { database, uses: uses + 1 };
    if (session !== database.sql) await session?.end();
    if (!restored) {
      await kept?.close();
      await database.drop();
    } else if (kept !== undefined && session === database.sql) {
      await warm.put(content, { ...used, kept }, cool);
    } else {
      await cool(content, { ...used, kept });
    }
  }
}

/** A database that no test of this isolate holds: one that another is done with, or a new one. */
async function findDatabase(
  server: SharedServer,
  content: string,
  options: DatabaseOptions,
): Promise<{ readonly database: TestDatabase; readonly uses: number }> {
  const used = await new IdleDatabases(server.directory).take(content);
  return used === undefined
    ? { database: await createDatabase(options), uses: 0 }
    : { database: databaseOf(server, used.name), uses: used.uses };
}

const warm = new WarmDatabases();

/** Ends the connections of a database and gives it to tests of other isolates. */
async function cool(
  content: string,
  { database, kept, uses }: Omit<WarmDatabase, "kept"> & { readonly kept: KeptConnections | undefined },
): Promise<void> {
  await kept?.close();
  await database.sql.end({ timeout: 1 });
  const { directory } = await sharedServer();
  await new IdleDatabases(directory).put(content, { name: database.name, uses });
}

Deno.test.afterAll(() => warm.empty(cool));

/**
 * The database's own client where its connection is the only one left beside those that are kept for runs, else a new one, when
 * that of `database` has ended; throws as `assertAlone` does. Its settings are those of a new one; with `counted` what it
 * wrote is.
 */
async function onlySession({ sql, url, name }: TestDatabase, counted: boolean): Promise<postgres.Sql> {
  if (await isOnlySession(sql, name, counted).catch(() => false)) return sql;
  await sql.end({ timeout: 1 });
  const session = connect(url, 1);
  await assertAlone(session, name);
  return session;
}

async function isOnlySession(sql: postgres.Sql, database: string, counted: boolean): Promise<boolean> {
  const session = await sql.reserve();
  try {
    await session.unsafe(AS_NEW);
    const left = await leftAfter(session, database, (other) => other.application_name === CLIENT);
    if (left.length === 0 && counted) await session`select pg_stat_force_next_flush()`;
    return left.length === 0;
  } finally {
    session.release();
  }
}

/** Ends the database's own client, then throws unless nobody is connected any more. */
export async function assertNoConnections(database: TestDatabase): Promise<void> {
  await database.sql.end({ timeout: 1 });
  await asAdmin(await sharedServer(), (admin) => assertAlone(admin, database.name));
}

async function assertAlone(session: postgres.Sql, database: string): Promise<void> {
  const left = await leftAfter(session, database, () => false);
  if (left.length === 0) return;
  throw new Error(
    `Database ${database} still has ${left.length} connections: ` +
      left.map((row) => `${row.pid} ${row.application_name} ${row.state} ${row.query}`).join("; "),
  );
}

interface OtherSession {
  readonly pid: number;
  readonly application_name: string;
  readonly state: string;
  readonly query: string;
}

/**
 * Who is connected beside `session` and what is kept for runs: waits up to two seconds for those to go that are not to stay, because the server takes a
 * moment to notice that a client has gone.
 */
async function leftAfter(
  session: postgres.Sql,
  database: string,
  stays: (other: OtherSession) => boolean,
): Promise<readonly OtherSession[]> {
  for (const end = performance.now() + 2000;;) {
    const left = await session<OtherSession[]>`
      select pid, application_name, coalesce(state, '') as state, left(query, 80) as query
      from pg_stat_activity
      where datname = ${database} and backend_type = 'client backend' and pid <> pg_backend_pid()
        and application_name <> ${KEPT}`;
    if (left.every(stays) || performance.now() > end) return left;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a new session begins with, one that is kept would not see. */
async function assertNoSettings(session: postgres.Sql): Promise<void> {
  const [row] = await session<{ found: boolean }[]>`select exists (
    select from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())
  ) as found`;
  if (row?.found !== true) return;
  throw new Error("A test that changes the settings of its database needs newConnections");
}

/** Names what a database begins with. */
async function contentOf({ schema = LATEST, given }: DatabaseOptions): Promise<string> {
  if (given === undefined) return schema;
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(given.key));
  return `${schema}-${new Uint8Array(sum).toHex().slice(0, 16)}`;
}

/** The template of what is asked for; made by the first caller of the run, over all workers. */
async function templateOf(server: SharedServer, options: DatabaseOptions): Promise<Template> {
  const content = await contentOf(options);
  if (content === "empty") return { name: "template0" };
  templates ??= new Map();
  const known = templates.get(content) ?? makeTemplate(server, content, options);
  templates.set(content, known);
  return await known;
}

async function makeTemplate(
  server: SharedServer,
  content: string,
  { schema = LATEST, given }: DatabaseOptions,
): Promise<Template> {
  const name = `${server.prefix}template_${content.replaceAll(/[^a-z0-9]/g, "_")}`; // the driver reads a dot as a schema's
  const file = join(server.directory, `${content}.json`);
  const base: Template = given === undefined ? { name: "template0" } : await templateOf(server, { schema });
  return await asAdmin(server, async (admin) => {
    // Held by this session: the other workers wait here until the template is complete.
    await admin`select pg_advisory_lock(hashtext(${name}))`;
    const [existing] = await admin`select 1 from pg_database where datname = ${name}`;
    if (existing !== undefined) return { name, ...JSON.parse(await Deno.readTextFile(file)) };
    const loading = databaseOf(server, `${name}_loading`);
    await clone(admin, loading.name, base.name);
    let pristine: Pristine | undefined;
    try {
      if (given === undefined) await loadSchema(loading.url, schema);
      else {
        const kept = new KeptConnections(loading.url);
        await given.prepare(loading).finally(() => kept.close());
      }
      await assertNoConnections(loading);
      const session = connect(loading.url, 1);
      try {
        if (await canRestore(session)) pristine = await lookAtTemplate(session, base.pristine);
      } finally {
        await session.end();
      }
    } catch (error) {
      await loading.drop();
      throw error;
    }
    const template = pristine === undefined ? {} : { pristine };
    await Deno.writeTextFile(file, JSON.stringify(template));
    await admin`alter database ${admin(loading.name)} rename to ${admin(name)}`;
    return { name, ...template };
  });
}

async function loadSchema(url: string, schema: string): Promise<void> {
  const sql = connect(url, 1);
  try {
    // Without parameters: the simple protocol, which takes many statements.
    await sql.unsafe(await Deno.readTextFile(new URL(`${schema}.sql`, schemas)));
  } finally {
    await sql.end();
  }
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

/** `withArrays`: the client asks the server for its types of arrays when it connects. */
function connect(url: string, max: number, withArrays = false): postgres.Sql {
  return postgres(url, {
    max,
    max_lifetime: null,
    fetch_types: withArrays,
    onnotice: () => {},
    connection: { TimeZone: "UTC", application_name: CLIENT },
  });
}

function urlOf(server: SharedServer, name: string): string {
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}
