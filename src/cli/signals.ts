/** Signals while a session is open: what runs is cancelled and rolled back, the exit code says so. */
import { EXIT, type ExitCode, ProvisionError } from "../diagnostics/error.ts";
import type { Session } from "../database/session.ts";
import type { Io } from "./io.ts";
import type { Progress } from "./progress.ts";

/** A server that does not answer has this long to roll back after a signal, milliseconds; a second signal does not wait. */
const PATIENCE = 5_000;

/**
 * Runs `work`, which uses the session, closes the session afterwards, and gives the exit code. `hadWritten` is true from the
 * commit on; what is left then is short and is finished, so that keys that were made are not lost. A second signal, or some
 * seconds after the first, ends it all the same, whatever the database does: the connection is closed, and the server rolls
 * back unless it was committing (exit code 74). `progress` ends with the work, so that nothing is said of work under way
 * after what ended it, however long the session takes to close.
 */
export async function withSignals(
  session: Pick<Session, "interrupt" | "destroy" | "close">,
  io: Pick<Io, "onSignal" | "err">,
  progress: Progress | undefined,
  work: () => Promise<number>,
  hadWritten: () => boolean,
): Promise<number> {
  let interrupted: ExitCode | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopListening = io.onSignal((signal) => {
    if (interrupted !== undefined) session.destroy();
    timer ??= setTimeout(() => session.destroy(), PATIENCE);
    interrupted = signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    if (!hadWritten()) session.interrupt();
  });
  try {
    const code = await work().finally(() => progress?.end());
    if (interrupted !== undefined && hadWritten()) {
      io.err("note: Interrupted, but the run had been committed.\n");
    }
    return interrupted ?? code;
  } catch (error) {
    const unknown = error instanceof ProvisionError && error.exitCode === EXIT.unknownOutcome;
    if (interrupted === undefined || hadWritten() || unknown) throw error;
    io.err("error: Interrupted; the run was rolled back and nothing was changed\n");
    return interrupted;
  } finally {
    clearTimeout(timer);
    stopListening();
    await session.close();
  }
}
