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

/**
 * Has whatever runs wrote in a database counted. A session reports its last counts when it ends; from PostgreSQL 15 on those
 * that are kept report when they come back, and stay.
 */
export async function settleKept(database: string): Promise<void> {
  await byDatabase.get(database)?.report();
}

/** The connections of one database, from when this is made until `close`; one test at a time uses them. */
export class KeptConnections {
  readonly #url: URL;
  readonly #idle: Connection[] = [];
  readonly #lent = new Set<Connection>();

  /** `url` is the whole address: runs that connect by another one, to another server, as another user, get new ones. */
  constructor(url: string) {
    this.#url = new URL(url);
    byDatabase.set(this.#database, this);
  }

  get #database(): string {
    return this.#url.pathname.slice(1);
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
        const [state] = await sql.unsafe("select now() = statement_timestamp() as outside");
        if (Object(state)["outside"] !== true) throw new Error("A transaction is open");
        await sql.unsafe(AS_NEW);
        await (reports(sql)
          ? sql`select set_config('application_name', ${KEPT}, false), pg_stat_force_next_flush()`
          : sql`select set_config('application_name', ${KEPT}, false)`);
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

  /** Has whatever runs wrote counted that are over. */
  async report(): Promise<void> {
    const idle = this.#idle.splice(0);
    this.#idle.push(...idle.filter(({ sql }) => reports(sql)));
    for (const { sql } of idle.filter(({ sql }) => !reports(sql))) await sql.end({ timeout: 1 });
  }

  /**
   * Has whatever runs wrote counted, and keeps one connection at the most. Throws when a run has not closed its own, which is
   * ended.
   */
  async settle(): Promise<void> {
    await this.report();
    for (const { sql } of this.#idle.splice(1)) await sql.end({ timeout: 1 });
    const left = this.#lent.size;
    for (const connection of this.#lent) connection.destroy();
    this.#lent.clear();
    if (left > 0) throw new Error(`Connections that runs of ${APPLICATION} left open: ${left}`);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    byDatabase.delete(this.#database);
    for (const { sql } of this.#idle.splice(0)) await sql.end({ timeout: 1 });
    for (const connection of this.#lent) connection.destroy();
    this.#lent.clear();
  }
}

/** Makes a session what a new one is, but for what it has looked up and planned, which is what it is kept for. */
export const AS_NEW = `close all; set session authorization default; reset all; unlisten *;
  select pg_advisory_unlock_all(); discard temp; discard sequences`;

/** True when a session of the server reports its counts whenever it is told to. */
function reports({ parameters }: Connection["sql"]): boolean {
  return Number.parseInt(String(parameters["server_version"]), 10) >= 15;
}
