/**
 * Connections of runs in the test's own process, kept for its next run: what PostgreSQL does when a connection is new
 * costs more than most runs ask of it. Runs as processes, and those that connect in a way of their own, get new ones.
 */
import { type OpenConnection, openConnection } from "../../src/database/connection.ts";
import { APPLICATION } from "../../src/database/lock_holder.ts";

type Connection = Awaited<ReturnType<OpenConnection>>;

/** What `pg_stat_activity` calls a connection between two runs. */
export const KEPT = "kept for the next run";

const byDatabase = new Map<string, KeptConnections>();

/** Connects to a database of a test with a connection that it kept, else with a new one; takes and throws what `openConnection` does. */
export async function openKept(...[settings, options]: Parameters<OpenConnection>): Promise<Connection> {
  const kept = byDatabase.get(settings.database);
  return await (kept === undefined ? openConnection(settings, options) : kept.open(settings, options));
}

/** Ends the connections of a database that no run has at the moment: a session reports its last counts when it ends. */
export async function endKept(database: string): Promise<void> {
  await byDatabase.get(database)?.endIdle();
}

/** The connections of one database, from when this is made until `close`. */
export class KeptConnections {
  readonly #url: URL;
  readonly #idle: Connection[] = [];
  readonly #lent = new Set<Connection>();
  #reused = false;

  /** `url` is the whole address: runs that connect by another one, to another server, as another user, get new ones. */
  constructor(url: string) {
    this.#url = new URL(url);
    byDatabase.set(this.#database, this);
  }

  get #database(): string {
    return this.#url.pathname.slice(1);
  }

  /** True when a connection was used by two runs. */
  get reused(): boolean {
    return this.#reused;
  }

  open: OpenConnection = async (settings, options) => {
    const [server, ...others] = settings.servers;
    const plain = others.length === 0 && server !== undefined && server.host === this.#url.hostname &&
      String(server.port) === this.#url.port && settings.user === this.#url.username &&
      settings.sslmode === "prefer" && settings.clientCertificate === undefined &&
      settings.sslrootcert === undefined &&
      settings.targetSession === undefined && settings.runTimeSettings.length === 0;
    if (!plain) return await openConnection(settings, options);
    for (let connection; (connection = this.#idle.pop()) !== undefined;) {
      try {
        await connection.sql`select set_config('application_name', ${
          settings.applicationName ?? options.applicationName
        }, false)`;
        this.#reused = true;
        return this.#lend(connection);
      } catch {
        connection.destroy(); // somebody ended it
      }
    }
    return this.#lend(await openConnection(settings, options));
  };

  /** What a run gets: a connection that comes back here when the run closes it. */
  #lend(connection: Connection): Connection {
    this.#lent.add(connection);
    let cancelled = false;
    const { sql } = connection;
    const unsafe: typeof sql.unsafe = (...args) => {
      const sent = sql.unsafe(...args);
      const cancel = sent.cancel.bind(sent);
      // A cancellation is a message of its own, which may arrive when the next run asks.
      sent.cancel = () => {
        cancelled = true;
        cancel();
      };
      return sent as never;
    };
    const end = async (options?: { readonly timeout?: number }): Promise<void> => {
      if (!this.#lent.delete(connection)) return;
      try {
        if (cancelled || connection.lost() || options?.timeout === 0) throw new Error("Not worth keeping");
        await sql.unsafe("discard all"); // fails where a transaction is open
        await sql`select set_config('application_name', ${KEPT}, false)`;
        this.#idle.push(connection);
      } catch {
        await sql.end(options);
      }
    };
    return {
      sql: new Proxy(sql, {
        get: (target, key, receiver) =>
          key === "end" ? end : key === "unsafe" ? unsafe : Reflect.get(target, key, receiver),
      }),
      lost: connection.lost,
      destroy: connection.destroy,
    };
  }

  /** Ends those that no run has. */
  async endIdle(): Promise<void> {
    for (const connection of this.#idle.splice(0)) await connection.sql.end({ timeout: 1 });
  }

  /** Ends the connections that are kept; throws when a run has not closed its own. */
  async close(): Promise<void> {
    byDatabase.delete(this.#database);
    await this.endIdle();
    const left = this.#lent.size;
    for (const connection of this.#lent) connection.destroy();
    this.#lent.clear();
    if (left > 0) throw new Error(`Connections that runs of ${APPLICATION} left open: ${left}`);
  }
}
