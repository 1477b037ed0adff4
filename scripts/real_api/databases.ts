/** Databases for the real API: one that is migrated once, and a clone of it for each set. */
import postgres from "postgres";
import { startServer } from "../../tests/support/postgres_server.ts";

/** A place to make databases. */
export interface Databases {
  /** URL of a new database; without a template it is empty. */
  create(purpose: string, template?: string): Promise<string>;
  /** Removes what was made, unless it is to be kept, and stops what was started. */
  end(): Promise<void>;
}

/** Databases on the given server, or on the one that tests would use. */
export async function openDatabases(databaseUrl: string | undefined, keep: boolean): Promise<Databases> {
  const server = await startServer(databaseUrl === undefined ? {} : { databaseUrl, only: "url" });
  const prefix = `flagsmith_real_${crypto.randomUUID().slice(0, 8)}`;
  const made: string[] = [];
  const admin = postgres(server.url, { max: 1, onnotice: () => {} });
  return {
    create: async (purpose, template) => {
      const name = `${prefix}_${purpose}`;
      const from = template === undefined ? "template0" : new URL(template).pathname.slice(1);
      await admin`create database ${admin(name)} template ${admin(from)}`;
      made.push(name);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    end: async () => {
      try {
        for (const name of keep ? [] : made) await admin`drop database if exists ${admin(name)} with (force)`;
        await admin.end();
      } finally {
        await server.stop();
      }
    },
  };
}
