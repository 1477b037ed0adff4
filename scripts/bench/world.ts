/** What cases need: databases with Flagsmith's tables on a server whose commits are durable, and a folder. */
import { createConnection } from "node:net";
import postgres, { type Sql } from "postgres";
import { startServer } from "../../tests/support/postgres_server.ts";
import type { Figure } from "./figure.ts";

const SCHEMA = new URL("../../tests/data/schema/2.265.0.sql", import.meta.url);

/** A database with Flagsmith's tables. */
export interface BenchDatabase {
  readonly url: string;
  readonly sql: Sql;
  drop(): Promise<void>;
}

/** What a case measures with. */
export interface World {
  /** How often each thing is timed. */
  readonly runs: number;
  /** A folder for documents. */
  readonly directory: string;
  /** What the server says of itself. */
  readonly server: string;
  /** A new database, cloned from one that was migrated, or from another one to which nobody is connected. */
  create(from?: BenchDatabase): Promise<BenchDatabase>;
  /** Removes what was made and stops what was started. */
  end(): Promise<void>;
}

/** A named group of figures. */
export interface Case {
  readonly name: string;
  measure(world: World): Promise<readonly Figure[]>;
}

/** Opens a world on the given server, or on one that is started with durable commits. */
export async function openWorld(runs: number, databaseUrl: string | undefined): Promise<World> {
  const given = databaseUrl === undefined ? {} : { databaseUrl, only: "url" as const };
  const server = await startServer({ durable: true, ...given });
  const prefix = `flagsmith_bench_${crypto.randomUUID().slice(0, 8)}`;
  const admin = connect(server.url);
  const made: BenchDatabase[] = [];
  const directory = await Deno.makeTempDir({ prefix: "flagsmith-bench-" });
  const create = async (template: string): Promise<BenchDatabase> => {
    const name = `${prefix}_${made.length}`;
    await admin`create database ${admin(name)} template ${admin(template)}`;
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    const sql = connect(url.href);
    const database = {
      url: url.href,
      sql,
      drop: async () => {
        await sql.end({ timeout: 1 });
        await admin`drop database if exists ${admin(name)} with (force)`;
      },
    };
    made.push(database);
    return database;
  };
  const migrated = await create("template0");
  await migrated.sql.unsafe(await Deno.readTextFile(SCHEMA));
  await migrated.sql.unsafe("VACUUM ANALYZE");
  await migrated.sql.end();
  const [facts] = await admin`select version() as version, current_setting('fsync') as fsync,
    current_setting('synchronous_commit') as commits`;
  const durable = facts?.["fsync"] === "on" && facts["commits"] !== "off";
  return {
    runs,
    directory,
    server: `${String(facts?.["version"]).split(" ").slice(0, 2).join(" ")}, commits are ${
      durable ? "durable" : "NOT DURABLE"
    }`,
    create: async (from = migrated) => {
      await from.sql.end();
      const database = await create(new URL(from.url).pathname.slice(1));
      // What cloning wrote is not part of what is measured next.
      await admin`checkpoint`;
      return database;
    },
    end: async () => {
      try {
        for (const database of made) await database.drop();
        await admin.end();
      } finally {
        await server.stop();
        await Deno.remove(directory, { recursive: true });
      }
    },
  };
}

function connect(url: string): Sql {
  const { hostname, port } = new URL(url);
  // The type of the driver's options does not know this one. Its own sockets hold small writes back, which costs each
  // COPY 40 ms: a floor must not be as slow as that.
  const socket = {
    socket: () => createConnection({ host: hostname, port: Number(port || "5432"), noDelay: true }),
  };
  return postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: "bench" }, ...socket });
}
