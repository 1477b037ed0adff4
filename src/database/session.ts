/** One connection to PostgreSQL, speaking in scripts: lists of statements that make one round trip. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Secret } from "../source/secret.ts";
import type { AddressFiles } from "./address/files.ts";
import type { RunTimeSetting } from "./address/run_time_settings.ts";
import { settingStatements } from "./begin.ts";
import { type OpenConnection, openConnection } from "./connection.ts";
import { failedIn, failureOf, statementError } from "./errors.ts";
import type { Needs } from "./needs.ts";
import { bindingOf, render, renderPublic } from "./render.ts";
import { type ConnectionSettings, describeTarget } from "./settings.ts";
import { command, type Statement } from "./statement.ts";

/** One row of an answer: column → value. JSON columns are parsed, timestamps are text, bigint is text. */
export type Answer = Readonly<Record<string, unknown>>;

/** Asks in a transaction that is open, of what everybody may read, and of tables that the user may read. */
export type Read = (statements: readonly Statement[]) => Promise<readonly (readonly Answer[])[]>;

/** What a command may come to need, on any state of the database. */
export interface PossibleNeeds {
  /** For what it looks at. */
  readonly looks: Needs;
  /** For removing rows before anything is written. */
  readonly removing: Needs;
  /** For writing. */
  readonly writing: Needs;
  /** The table that it creates in Flagsmith's schema when there is none; undefined for commands that only read. */
  readonly creates: string | undefined;
}

/** Tells what a command may need, from the catalog; asked only when a right is missing. */
export type MayNeed = (read: Read) => Promise<PossibleNeeds>;

/** A connection with a lifetime. */
export interface Session {
  /** `user@host:port/name`. */
  readonly target: string;
  /** What every transaction sets before it looks for Flagsmith's tables; see `beginStatements`. */
  readonly settings: readonly RunTimeSetting[];
  /** What the command may need; undefined where nobody has said. */
  readonly mayNeed: MayNeed | undefined;
  /** How many round trips were made, for the benchmark and the tests that count them. */
  readonly roundTrips: number;
  /**
   * Runs statements in one round trip and gives each one's rows. `doing` ends the sentence "Cannot …" when it fails.
   * With `inTransaction` the script fails unless a transaction is open, so that a silent reconnect can never write.
   * Secrets of the statements are bound for that transaction by a statement before them; without one they are refused.
   */
  script(
    doing: string,
    statements: readonly Statement[],
    options?: { readonly inTransaction?: boolean },
  ): Promise<readonly (readonly Answer[])[]>;
  /**
   * Waits for slow work in which the database has no part. An interruption makes it throw at once; the signal tells the work
   * to begin nothing more, and nobody waits for what it has begun.
   */
  compute<T>(doing: string, work: (interruption: AbortSignal) => Promise<T>): Promise<T>;
  /** Cancels what runs, ends the waiting of `compute`, and refuses every later script but `ROLL_BACK` and `READ_BACK`; for signals. */
  interrupt(): void;
  /** Aborted by `destroy`. */
  readonly destroyed: AbortSignal;
  /** Closes the connection at once, as if it had been lost: what runs fails, and the server rolls back; for signals. */
  destroy(): void;
  /** Ends the connection; safe to call twice. */
  close(): Promise<void>;
}

/** Options of `openSession`. */
export interface SessionOptions {
  /** Milliseconds to wait for each server of the address to answer; `Infinity` for no limit. */
  readonly connectTimeout: number;
  readonly applicationName: string;
  /** What the command may need, for the report of a right that is missing. */
  readonly mayNeed?: MayNeed;
  /** Reads the files that the address names. */
  readonly files: AddressFiles;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Makes the connection; undefined: a new one. */
  readonly openConnection?: OpenConnection | undefined;
}

/** Connects; throws `ProvisionError` with exit code 69 when that fails. */
export async function openSession(settings: ConnectionSettings, options: SessionOptions): Promise<Session> {
  const target = describeTarget(settings);
  const first = settingStatements(settings.runTimeSettings).map(({ sql }) => renderPublic(sql));
  const connection = await (options.openConnection ?? openConnection)(settings, { ...options, first });
  const { sql } = connection;
  // PostgreSQL 17 brought it.
  const timesOut = Number.parseInt(String(sql.parameters["server_version"])) >= 17;
  let lost = false;
  let roundTrips = 0;
  const destruction = new AbortController();
  const interruption = new AbortController();
  const { signal } = interruption;
  let running: { cancel(): void } | undefined;
  const send = async (text: string, parameters: readonly string[]): Promise<unknown> => {
    roundTrips += 1;
    const sent = sql.unsafe(text, [...parameters]);
    running = sent;
    try {
      return await sent;
    } finally {
      running = undefined;
    }
  };
  const run = async (
    statements: readonly Statement[],
    inTransaction: boolean,
  ): Promise<readonly (readonly Answer[])[]> => {
    const secrets: Secret[] = [];
    const texts = statements.map((statement) => render(statement.sql, secrets));
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
  return {
    target,
    settings: timesOut
      ? [...settings.runTimeSettings, ["transaction_timeout", "0"]]
      : settings.runTimeSettings,
    mayNeed: options.mayNeed,
    get roundTrips() {
      return roundTrips;
    },
    async script(doing, statements, { inTransaction = false } = {}) {
      if (signal.aborted && doing !== ROLL_BACK && doing !== READ_BACK) throw interruptedError(doing);
      if (lost || connection.lost()) {
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
        lost ||= failureOf(error).lost;
        // A lost connection says nothing about what became of the statement, also after an interruption.
        if (signal.aborted && !lost) throw interruptedError(doing);
        throw failedIn(statementError(error, doing), statements);
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
    destroyed: destruction.signal,
    destroy() {
      lost = true;
      interruption.abort();
      destruction.abort();
      connection.destroy();
    },
    async close() {
      // A lost connection has nothing to say goodbye to.
      await sql.end({ timeout: lost || connection.lost() ? 0 : 1 });
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

/**
 * The rows of each statement. The driver begins a new result only where rows are announced, so that statements without
 * rows have none of their own; what stands in front of the first announcement shares one entry.
 */
function answersOf(statements: readonly Statement[], answer: unknown): readonly (readonly Answer[])[] {
  const results: readonly unknown[] = Array.isArray(answer) && !("command" in answer) ? answer : [answer];
  const queue = statements[0] !== undefined && statements[0].answers ? [...results] : results.slice(1);
  return statements.map((statement) => {
    const rows = statement.answers ? queue.shift() : undefined;
    return Array.isArray(rows) ? rows : [];
  });
}
