/** One connection to PostgreSQL, speaking in scripts: lists of statements that make one round trip. The only importer of the driver. */
import postgres from "postgres";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Secret } from "../source/secret.ts";
import { connectError, failureOf, statementError } from "./errors.ts";
import { bindingOf, render } from "./render.ts";
import { type ConnectionSettings, describeTarget } from "./settings.ts";
import { command, query, type Statement } from "./statement.ts";

/** One row of an answer: column → value. JSON columns are parsed, timestamps are text, bigint is text. */
export type Answer = Readonly<Record<string, unknown>>;

/** A connection with a lifetime. */
export interface Session {
  /** `user@host:port/name`. */
  readonly target: string;
  /** How many round trips were made, for the benchmark and the tests that count them. */
  readonly roundTrips: number;
  /**
   * Runs statements in one round trip and gives each one's rows. `doing` ends the sentence "Cannot …" when it fails.
   * With `inTransaction` the script fails unless a transaction is open, so that a silent reconnect can never write.
   * Secrets of the statements are bound for that transaction by a statement before them; without one they are refused.
   */
  script(
    doing: string,
    statements: readonly Scripted[],
    options?: { readonly inTransaction?: boolean },
  ): Promise<readonly (readonly Answer[])[]>;
  /**
   * Waits for slow work in which the database has no part. An interruption makes it throw at once; the signal tells the work
   * to begin nothing more, and nobody waits for what it has begun.
   */
  compute<T>(doing: string, work: (interruption: AbortSignal) => Promise<T>): Promise<T>;
  /** Cancels what runs, ends the waiting of `compute`, and refuses every later script but `ROLL_BACK` and `READ_BACK`; for signals. */
  interrupt(): void;
  /** Ends the connection; safe to call twice. */
  close(): Promise<void>;
}

/** A statement; a text is one of the old form. */
export type Scripted = Statement | string;

/** Options of `openSession`. */
export interface SessionOptions {
  /** Seconds to wait for the server to answer. */
  readonly connectTimeout: number;
  readonly applicationName: string;
  /** Reads the file of `sslrootcert`. */
  readonly readTextFile: (path: string) => Promise<string>;
}

const text = {
  to: 25,
  serialize: (value: unknown): string => String(value),
  parse: (value: string): string => value,
};

/** Milliseconds that the driver's own, more exact time-out has before ours. */
const GRACE = 100;

/** Connects; throws `ProvisionError` with exit code 69 when that fails. */
export async function openSession(settings: ConnectionSettings, options: SessionOptions): Promise<Session> {
  const target = describeTarget(settings);
  const state = { lost: false, roundTrips: 0 };
  const interruption = new AbortController();
  const { signal } = interruption;
  let running: { cancel(): void } | undefined;
  const sql = postgres({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    username: settings.user,
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ssl: await tlsOptions(settings, options),
    max: 1,
    prepare: false,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: options.connectTimeout,
    connection: { application_name: options.applicationName },
    onnotice: () => {},
    onclose: () => {
      state.lost = true;
    },
    types: { time: { ...text, to: 1184, from: [1082, 1083, 1114, 1184] } },
  });
  const send = async (text: string, parameters: readonly string[]): Promise<unknown> => {
    state.roundTrips += 1;
    const sent = sql.unsafe(text, [...parameters]);
    running = sent;
    try {
      return await sent;
    } finally {
      running = undefined;
    }
  };
  const run = async (
    statements: readonly Scripted[],
    inTransaction: boolean,
  ): Promise<readonly (readonly Answer[])[]> => {
    const secrets: Secret[] = [];
    const texts = statements.map((s) => (typeof s === "string" ? s : render(s.sql, secrets)));
    if (secrets.length > 0) {
      if (!inTransaction) throw new TypeError("Cannot bind a secret outside of a transaction");
      const { text, parameter } = bindingOf(
        secrets,
        Number.parseInt(String(sql.parameters["server_version"])) >= 15,
      );
      await send(text, [parameter]);
    }
    return answersOf(statements, await send(texts.join(";\n"), []));
  };
  // The driver itself tries again and again when a server, or what stands before it, accepts and hangs up.
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject({ code: "CONNECT_TIMEOUT" }),
    Math.max(options.connectTimeout * 1000, 1) + GRACE,
  );
  try {
    await Promise.race([run([query`SELECT 1`], false), tooLong]).finally(() => clearTimeout(timer));
    state.roundTrips = 0;
    state.lost = false;
  } catch (error) {
    await sql.end({ timeout: 0 });
    throw connectError(error, target);
  }
  return {
    target,
    get roundTrips() {
      return state.roundTrips;
    },
    async script(doing, statements, { inTransaction = false } = {}) {
      if (signal.aborted && doing !== ROLL_BACK && doing !== READ_BACK) throw interruptedError(doing);
      if (state.lost) {
        throw new ProvisionError(
          "FP404",
          EXIT.unreachable,
          `Cannot ${doing}: the connection to the database was lost`,
          "Nothing was changed; run it again",
        );
      }
      try {
        const guard = inTransaction ? GUARD : [];
        return (await run([...guard, ...statements], inTransaction)).slice(guard.length);
      } catch (error) {
        const { lost } = failureOf(error);
        if (lost) state.lost = true;
        // A lost connection says nothing about what became of the statement, also after an interruption.
        if (signal.aborted && !lost) throw interruptedError(doing);
        throw statementError(error, doing);
      }
    },
    async compute(doing, work) {
      if (signal.aborted) throw interruptedError(doing);
      const { promise: interrupted, reject } = Promise.withResolvers<never>();
      const stop = (): void => reject(interruptedError(doing));
      signal.addEventListener("abort", stop);
      try {
        return await Promise.race([work(signal), interrupted]);
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
    interrupt() {
      interruption.abort();
      running?.cancel();
    },
    async close() {
      // A lost connection has nothing to say goodbye to.
      await sql.end({ timeout: state.lost ? 0 : 1 });
    },
  };
}

/** What a script that ends a transaction without changes is called; it runs also after an interruption. */
export const ROLL_BACK = "roll back";

/** What a script is called that reads what a committed run has made, lest it be lost; it runs also after an interruption. */
export const READ_BACK = "read the keys of environments";

function interruptedError(doing: string): ProvisionError {
  return new ProvisionError(
    "FP430",
    EXIT.interrupted,
    `Interrupted: cannot ${doing}`,
    "The run was rolled back; nothing was changed",
  );
}

/** A savepoint outside of a transaction is an error. */
const GUARD = [command`SAVEPOINT provision`, command`RELEASE SAVEPOINT provision`];

/** True for a statement that answers with rows, even with none. */
function isQuery(statement: Scripted): boolean {
  return typeof statement === "string"
    ? /^\s*(SELECT|WITH|TABLE|VALUES|SHOW)\b/i.test(statement)
    : statement.answers;
}

/**
 * The rows of each statement. The driver begins a new result only where rows are announced, so that statements without
 * rows have none of their own; what stands in front of the first announcement shares one entry.
 */
function answersOf(statements: readonly Scripted[], answer: unknown): readonly (readonly Answer[])[] {
  const results: readonly unknown[] = Array.isArray(answer) && !("command" in answer) ? answer : [answer];
  const queue = statements[0] !== undefined && isQuery(statements[0]) ? [...results] : results.slice(1);
  return statements.map((statement) => {
    const rows = isQuery(statement) ? queue.shift() : undefined;
    return Array.isArray(rows) ? rows : [];
  });
}

type Tls = false | "prefer" | "require" | "allow" | {
  rejectUnauthorized: boolean;
  ca?: string;
  checkServerIdentity?: () => undefined;
};

async function tlsOptions(settings: ConnectionSettings, options: SessionOptions): Promise<Tls> {
  if (settings.sslmode === "disable") return false;
  // As libpq: a root certificate makes `require` check the chain.
  const checks = settings.sslmode === "verify-ca" || settings.sslmode === "verify-full" ||
    (settings.sslmode === "require" && settings.sslrootcert !== undefined);
  if (!checks) {
    return settings.sslmode === "require"
      ? { rejectUnauthorized: false }
      : settings.sslmode === "allow"
      ? "allow"
      : "prefer";
  }
  let ca: string | undefined;
  if (settings.sslrootcert !== undefined && settings.sslrootcert !== "system") {
    try {
      ca = await options.readTextFile(settings.sslrootcert);
    } catch {
      throw new ProvisionError(
        "FP416",
        EXIT.usage,
        `The certificate file "${settings.sslrootcert}" cannot be read`,
        "Check sslrootcert",
      );
    }
  }
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(settings.sslmode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
  };
}
