/** From settings to one connection that answers: servers are tried in turn, as libpq tries them. The only importer of the driver. */
import { lookup } from "../diagnostics/lookup.ts";
import { connect as connectSocket, type Socket } from "node:net";
import postgres, { type Sql } from "postgres";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { AddressFiles } from "./address/files.ts";
import { badAddress } from "./address/refusal.ts";
import { ConnectError, connectError, joinedError } from "./connect_errors.ts";
import { failureOf } from "./errors.ts";
import { type Candidate, type ConnectionSettings, describeTarget, type TargetSession } from "./settings.ts";
import { lateTlsError, secure, TlsError, type TlsUse, tlsUseOf, validityOf } from "./tls.ts";

/** Options of a connection. */
export interface ConnectionOptions {
  /** Milliseconds to wait for each server to answer; `Infinity` for no limit. */
  readonly connectTimeout: number;
  /** What others see the session called by, unless the address names it. */
  readonly applicationName: string;
  /** Reads the files of certificates and keys. */
  readonly files: AddressFiles;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Statements that make the settings of the address, as texts. */
  readonly first: readonly string[];
}

/** What the first statements say of the server. */
interface Facts {
  readonly encoding: string;
  readonly standby: boolean;
  readonly readOnly: boolean;
}

/** A connection. */
export interface Connection {
  readonly sql: Sql;
  /** True once the connection is gone. */
  readonly lost: () => boolean;
  /** Closes the socket at once, whatever is under way. */
  destroy(): void;
}

/** Answers with `Facts`, wherever names are looked up. */
const FACTS = `SELECT pg_catalog.current_setting('server_encoding') AS encoding,
  pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only') AS read_only`;

const text = {
  to: 25,
  serialize: (value: unknown): string => String(value),
  parse: (value: string): string => value,
};

/** Makes a connection, as `openConnection` does. */
export type OpenConnection = typeof openConnection;

/** Connects to the first server that will do; throws `ConnectError`, or FP402 for a setting that the server refuses. */
export async function openConnection(
  settings: ConnectionSettings,
  options: ConnectionOptions,
): Promise<Connection> {
  const use = await tlsUseOf(settings, options.files);
  const errors: ProvisionError[] = [];
  const wanted = settings.targetSession ?? "any";
  for (const target of wanted === "prefer-standby" ? ["standby", "any"] as const : [wanted]) {
    for (const server of settings.servers) {
      try {
        return await openServer(settings, server, use, target, options);
      } catch (error) {
        const where = describeTarget({ ...settings, servers: [server] });
        const failed = connectError(error, where, {
          host: server.host,
          password: server.password !== undefined,
        });
        // As libpq: who is refused by one server is not tried at the next.
        if (!(failed instanceof ConnectError) || failed.final) throw failed;
        errors.push(failed);
      }
    }
  }
  throw joinedError(errors);
}

async function openServer(
  settings: ConnectionSettings,
  server: Candidate,
  use: TlsUse | undefined,
  target: Exclude<TargetSession, "prefer-standby">,
  options: ConnectionOptions,
): Promise<Connection> {
  const tls = server.socket ? undefined : use;
  try {
    return await openOnce(settings, server, tls, target, options);
  } catch (error) {
    const { code } = failureOf(error);
    // As libpq for `prefer`: a server may take certain users without TLS only.
    const plainToo = tls !== undefined && !tls.required && (error instanceof TlsError || code === "28000");
    if (!plainToo) throw error;
    return await openOnce(settings, server, undefined, target, options);
  }
}

async function openOnce(
  settings: ConnectionSettings,
  server: Candidate,
  tls: TlsUse | undefined,
  target: Exclude<TargetSession, "prefer-standby">,
  options: ConnectionOptions,
): Promise<Connection> {
  const state = { lost: false, opened: false, sockets: new Set<Socket>() };
  const socket = async (): Promise<Socket> => {
    // The driver itself tries again and again when a server, or what stands before it, accepts and hangs up.
    if (!state.opened && state.sockets.size > 0) throw { code: "CONNECTION_CLOSED" };
    return await openSocket(server, tls, state.sockets, options.now);
  };
  const { password } = server;
  // A value of its own, since the driver's types do not know `socket`.
  const driverOptions = {
    // Only the driver's own sockets would need these; it looks into the environment when they are missing.
    host: server.host,
    port: server.port,
    ssl: false,
    // Overrides the driver's variable; without a second host (below) the driver takes any server for that.
    ...(settings.targetSession === undefined ? {} : { target_session_attrs: "prefer-standby" as const }),
    socket,
    database: settings.database,
    username: settings.user,
    ...(password === undefined ? {} : { password }),
    max: 1,
    prepare: false,
    fetch_types: false,
    debug: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 0,
    keep_alive: 60,
    max_pipeline: 100,
    connection: { application_name: settings.applicationName ?? options.applicationName },
    onnotice: () => {},
    onclose: () => {
      state.lost = true;
    },
    types: { time: { ...text, to: 1184, from: [1082, 1083, 1114, 1184] } },
  };
  const sql = postgres(Object.assign(driverOptions, { host: [], port: [server.port] }));
  const destroy = (): void => {
    state.lost = true;
    for (const each of state.sockets) each.destroy();
  };
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const timer = Number.isFinite(options.connectTimeout)
    ? setTimeout(() => reject({ code: "CONNECT_TIMEOUT" }), Math.max(options.connectTimeout, 1))
    : undefined;
  try {
    const answers = await Promise.race([
      sql.unsafe(["BEGIN", ...options.first, FACTS, "ROLLBACK"].join(";\n")),
      tooLong,
    ]);
    const facts = factsOf(answers);
    if (!fits(facts, target)) throw { code: "WRONG_TARGET" };
    checkEncoding(facts.encoding);
    state.opened = true;
    return { sql, lost: () => state.lost, destroy };
  } catch (error) {
    destroy();
    await sql.end({ timeout: 0 });
    throw lateTlsError(error) ?? settingRefused(error, settings) ?? error;
  } finally {
    clearTimeout(timer);
  }
}

/** A socket to a server, with TLS where it is wanted. `open` knows it from the start, so that it can be destroyed. */
async function openSocket(
  server: Candidate,
  tls: TlsUse | undefined,
  open: Set<Socket>,
  now: () => number,
): Promise<Socket> {
  const plain = await connected(server, open);
  if (tls === undefined) return plain;
  try {
    const secured = neverFatal(await secure(plain, server.host, tls));
    open.add(secured);
    return secured;
  } catch (error) {
    plain.destroy();
    if (!(error instanceof TlsError) || error.reason !== "issuer") throw error;
    const validity = await validityOf(await connected(server, open), now());
    throw validity === undefined ? error : new TlsError(validity);
  }
}

/**
 * Keeps an error of the socket that nobody listens for from ending the process. A server that goes away may say so twice, and
 * the driver has stopped listening after the first time, when it knows all that there is to know.
 */
export function neverFatal(socket: Socket): Socket {
  const ignore = (): void => {};
  const removeAllListeners = socket.removeAllListeners.bind(socket);
  socket.removeAllListeners = (...event: Parameters<typeof removeAllListeners>) => {
    removeAllListeners(...event);
    return socket.listenerCount("error") === 0 ? socket.on("error", ignore) : socket;
  };
  return socket.on("error", ignore);
}

function connected(server: Candidate, open: Set<Socket>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = neverFatal(
      server.socket
        ? connectSocket(`${server.address}/.s.PGSQL.${server.port}`)
        : connectSocket(server.port, server.address),
    );
    open.add(socket);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      resolve(socket);
    });
  });
}

/** The one row of `FACTS`, among the results of the first statements. */
function factsOf(answers: unknown): Facts {
  const results: readonly unknown[] = Array.isArray(answers) ? answers : [];
  const rows = results.filter((result): result is readonly unknown[] => Array.isArray(result)).flat();
  const facts: Readonly<Record<string, unknown>> = Object(
    rows.findLast((row) => typeof row === "object" && row !== null && "encoding" in row),
  );
  return {
    encoding: String(facts["encoding"]),
    standby: facts["standby"] === true,
    readOnly: facts["read_only"] === "on",
  };
}

function fits({ standby, readOnly }: Facts, target: Exclude<TargetSession, "prefer-standby">): boolean {
  switch (target) {
    case "any":
      return true;
    case "read-write":
      return !standby && !readOnly;
    case "read-only":
      return standby || readOnly;
    case "primary":
      return !standby;
    case "standby":
      return standby;
  }
}

/** Texts of other encodings cannot hold what YAML can, and the program's own comments are not in all of them. */
function checkEncoding(encoding: string): void {
  if (encoding === "UTF8" || encoding === "SQL_ASCII") return;
  throw new ProvisionError(
    "FP418",
    EXIT.schema,
    `The database is stored in ${encoding}, and this program writes to UTF8 only`,
    "Flagsmith itself needs UTF8 for names and values in all languages: dump the database, and restore it into one that is made with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
  );
}

/** SQLSTATEs with which a server refuses a setting: unknown, not a value of it, not to be changed, and who may not. */
const SETTING: Readonly<Record<string, string>> = lookup({
  "42704": "does not know it",
  "22023": "does not take its value",
  "55P02": "does not let it be changed in a session",
  "42501": "does not let this user change it",
});

function settingRefused(error: unknown, settings: ConnectionSettings): ProvisionError | undefined {
  const { code, severity } = failureOf(error);
  const why = SETTING[code];
  if (why === undefined || severity !== "ERROR" || settings.runTimeSettings.length === 0) return undefined;
  const names = settings.runTimeSettings.map(([name]) => name).join(", ");
  return badAddress(
    settings.source,
    `the server ${why} (a setting of its options: ${names})`,
    "Check options and PGOPTIONS",
  );
}
