/**
 * A run that writes: one transaction under the tool's lock, repeated when that helps, with an outcome that is known
 * (`docs/architecture.md#life-of-an-apply`).
 */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { beginStatements } from "../database/begin.ts";
import { readCatalog } from "../database/catalog.ts";
import { catalogStatements } from "./catalog.ts";
import { DuplicateRowError, ownDuplicate } from "../database/errors.ts";
import { command, type Fragment, query, type Statement, tableIn } from "../database/statement.ts";
import { appendStatement } from "./events.ts";
import { explained } from "../database/explained.ts";
import { applicationOf, LOCK_KEY } from "../database/lock_holder.ts";
import { LOG_VERSION, logTable } from "./table.ts";
import { type Ask, readOnly } from "../database/ask.ts";
import { type Answer, ROLL_BACK, type Session } from "../database/session.ts";

/** How a run behaves, whatever it writes. */
export interface RunOptions {
  /** Executes everything, then rolls back. */
  readonly dryRun: boolean;
  /** Maximum time to wait for another run and for tables, milliseconds. */
  readonly lockTimeout: number;
  readonly command: string;
  readonly toolVersion: string;
  /** Where the wish came from, for the log. */
  readonly source: string;
  /** Opens another session, to learn the outcome after a connection was lost while committing. */
  readonly reopen: () => Promise<Session>;
  /** A random version 4 uuid. */
  readonly uuid: () => string;
  /** A statement that answers a row when the run was committed, for runs that leave no event. */
  readonly proof?: (schema: string) => Statement;
  /** Told at once when something was committed: from then on nothing may say that it was rolled back. */
  readonly onCommit?: () => void;
  /** Told what is under way, in the words that end "Cannot …". */
  readonly onPhase?: (doing: string) => void;
}

/** The open transaction of a run, which holds the lock. */
export interface LockedRun {
  readonly runId: string;
  readonly ask: Ask;
  /** Waits for slow work beside the database, unless a signal interrupts the run; see `Session.compute`. */
  readonly compute: Session["compute"];
  /** The database's clock when all locks were taken, microseconds since 1970. */
  readonly now: bigint;
}

/** What only the end of a run tells. */
export interface Committed {
  /** True when something was committed. */
  readonly written: boolean;
  /** True when the connection was lost while committing and the log showed that the commit had happened. */
  readonly confirmedAfterReconnect: boolean;
}

/** What a run came to. */
export interface RunOutcome<R> extends Committed {
  readonly result: R;
}

const ATTEMPTS = 6;
/** Milliseconds before the first repetition; each further pause is twice as long, so that others can get out of the way. */
const FIRST_PAUSE = 15;
/**
 * Errors that go away when the run is repeated, because the next attempt sees what is there: a row that the application
 * made or removed meanwhile, serialization, deadlock.
 */
const RETRIED = ["FP410", "FP411", "FP413"];
/** Milliseconds between attempts to connect again after a commit whose outcome is not known. */
const REOPEN_PAUSES = [250, 500, 1000, 2000];
/** Maximum time to wait for tables when a failure is logged, milliseconds. */
const LOG_PATIENCE = 1000;

const LOCK = query`SELECT pg_advisory_xact_lock(${LOCK_KEY})`;

/**
 * Runs `body` in one transaction under the lock. The body reads, writes and appends to the log through `run.ask`; with
 * `write` false nothing is committed. A body that writes must append at least one event of its `runId`, or bring a
 * `proof`, since that is how the outcome of a lost commit is learned. It may be called again after a failure that a repetition cures. Throws
 * `ProvisionError` when the world refused; nothing was changed then, unless the error says otherwise.
 */
export async function runLocked<R>(
  session: Session,
  options: RunOptions,
  body: (run: LockedRun) => Promise<{ readonly result: R; readonly write: boolean }>,
): Promise<RunOutcome<R>> {
  // Tables in which the application was faster: nobody else may write to them while it is tried again.
  const conflictedTables = new Map<string, Fragment>();
  for (let attempt = 1;; attempt++) {
    const runId = options.uuid();
    let locked = false;
    try {
      options.onPhase?.("wait for another run");
      const clock = await takeLock(session, runId, options);
      locked = true;
      return await transaction(session, options, runId, conflictedTables, clock, body);
    } catch (thrown) {
      await session.script(ROLL_BACK, [command`ROLLBACK`]).catch(() => {});
      const explanation = await explained(session, thrown, {
        waitedFor: locked ? "tables" : "run",
      });
      // With the table locked since before the run decided, the duplicate is its own.
      const own = explanation instanceof DuplicateRowError && conflictedTables.has(contestedKey(explanation));
      const error = own ? ownDuplicate(explanation) : explanation;
      const again = !own && error instanceof ProvisionError && RETRIED.includes(error.code) &&
        attempt < ATTEMPTS;
      if (!again) {
        if (error instanceof ProvisionError && !options.dryRun) {
          await logFailure(session, options, runId, error)
            .catch(() => session.script(ROLL_BACK, [command`ROLLBACK`])).catch(() => {});
        }
        throw error;
      }
      if (error instanceof DuplicateRowError && error.table !== "" && error.schema !== "pg_catalog") {
        conflictedTables.set(contestedKey(error), tableIn(error.schema, error.table));
      }
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE * 2 ** (attempt - 1)));
    }
  }
}

function contestedKey({ schema, table }: DuplicateRowError): string {
  return `${schema} ${table}`;
}

async function transaction<R>(
  session: Session,
  options: RunOptions,
  runId: string,
  conflictedTables: ReadonlyMap<string, Fragment>,
  clock: Clock,
  body: (run: LockedRun) => Promise<{ readonly result: R; readonly write: boolean }>,
): Promise<RunOutcome<R>> {
  const ask: Ask = (doing, statements) => session.script(doing, statements, { inTransaction: true });
  const now = conflictedTables.size === 0 ? clock : readClock(
    await ask("lock the tables that others write to", [
      ...[...conflictedTables.values()].map((table) =>
        command`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`
      ),
      CLOCK,
    ]),
  );
  const { result, write } = await body({ runId, ask, compute: session.compute, now });
  if (!write || options.dryRun) {
    await session.script(ROLL_BACK, [command`ROLLBACK`]);
    return { result, written: false, confirmedAfterReconnect: false };
  }
  const confirmedAfterReconnect = await commit(session, runId, options);
  options.onCommit?.();
  return { result, written: true, confirmedAfterReconnect };
}

/** A time of the database's clock, microseconds since 1970. */
type Clock = LockedRun["now"];

const CLOCK = query`SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS now`;

/** The answer to a script that ends with `CLOCK`. */
function readClock(answers: readonly (readonly Answer[])[]): Clock {
  return BigInt(String(answers.at(-1)?.[0]?.["now"] ?? "0"));
}

/** Begins the transaction with the tool's lock, and gives the time when that was given. */
async function takeLock(session: Session, runId: string, options: RunOptions): Promise<Clock> {
  return readClock(
    await session.script("take the lock", [
      ...beginStatements(session, "READ COMMITTED", options.lockTimeout),
      // Others who wait, and people who look, read here whom they wait for.
      command`SET LOCAL application_name TO ${applicationOf(options.command, runId)}`,
      LOCK,
      CLOCK,
    ]),
  );
}

/** Commits. When the connection is lost meanwhile, the log of a new session tells whether it happened. */
async function commit(session: Session, runId: string, options: RunOptions): Promise<boolean> {
  try {
    await session.script("commit", [command`COMMIT`]);
    return false;
  } catch (error) {
    if (!(error instanceof ProvisionError) || error.code !== "FP404") throw error;
  }
  const unknown = new ProvisionError(
    "FP423",
    EXIT.unknownOutcome,
    "The connection was lost while committing, and the outcome could not be learned",
    "Run the same command again: it does what is missing and leaves what is done",
  );
  // Whoever ended the connection by a signal does not wait for another one.
  const { promise: destroyed, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(unknown);
  session.destroyed.addEventListener("abort", stop);
  if (session.destroyed.aborted) throw unknown;
  try {
    return await Promise.race([learnOutcome(runId, options, unknown), destroyed]);
  } finally {
    session.destroyed.removeEventListener("abort", stop);
  }
}

/** True when the run was committed; throws `unknown`, or FP404 when it was rolled back. */
async function learnOutcome(runId: string, options: RunOptions, unknown: ProvisionError): Promise<true> {
  let late: Session | undefined;
  try {
    late = await reopen(options);
    const { schema } = readCatalog(
      await readOnly(late, options.lockTimeout)("learn the outcome", catalogStatements([])),
    );
    const answers = await late.script("learn the outcome", [
      // The lock is given when the lost transaction has ended, and only a snapshot taken after that shows how it did.
      ...beginStatements(late, "READ COMMITTED", options.lockTimeout),
      LOCK,
      options.proof?.(schema) ??
        query`SELECT 1 FROM ${logTable(schema)} WHERE run_id = ${runId}::uuid LIMIT 1`,
      command`ROLLBACK`,
    ]);
    if ((answers.at(-2) ?? []).length > 0) return true;
  } catch (error) {
    // A missing log table means that nothing of this run was committed, since the run would have created it.
    if (!(error instanceof ProvisionError) || error.code !== "FP409") throw unknown;
  } finally {
    await late?.close();
  }
  throw new ProvisionError(
    "FP404",
    EXIT.unreachable,
    "The connection was lost while committing; the run was rolled back",
    "Nothing was changed; run it again",
  );
}

/** Connects anew; a server that went down is given a moment to come back. */
async function reopen(options: RunOptions): Promise<Session> {
  for (let attempt = 1;; attempt++) {
    try {
      return await options.reopen();
    } catch (error) {
      const away = error instanceof ProvisionError && error.exitCode === EXIT.unreachable;
      if (!away || attempt > REOPEN_PAUSES.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, REOPEN_PAUSES[attempt - 1]));
    }
  }
}

/** Tells the log, in a transaction of its own and as far as possible, that a run failed and with which code. */
async function logFailure(
  session: Session,
  options: RunOptions,
  runId: string,
  error: ProvisionError,
): Promise<void> {
  // Whoever was in the way may still be there, and has been waited for long enough.
  const begin = beginStatements(session, "READ COMMITTED", Math.min(options.lockTimeout, LOG_PATIENCE));
  const catalog = readCatalog(
    (await session.script("log the failure", [...begin, ...catalogStatements([])])).slice(begin.length),
  );
  // A newer log than we know is left alone, also by what failed because of it.
  if (catalog.logVersion === 0 || catalog.logVersion > LOG_VERSION) {
    await session.script(ROLL_BACK, [command`ROLLBACK`]);
    return;
  }
  const facts = { ...options, runId, schemaRelease: catalog.release };
  await session.script("log the failure", [
    appendStatement(catalog.schema, facts, [{
      event: "failed",
      kind: "run",
      address: `run:${runId}`,
      contentHash: undefined,
      rows: {},
      details: { code: error.code },
    }]),
    command`COMMIT`,
  ]);
}
