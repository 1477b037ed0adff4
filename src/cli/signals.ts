/** SIGINT and SIGTERM while a session is open: what runs is cancelled and rolled back, the exit code says so. */
import { EXIT, type ExitCode, ProvisionError } from "../diagnostics/error.ts";
import type { Session } from "../database/session.ts";
import type { Io } from "./io.ts";

/**
 * Runs `work`, which uses the session, closes the session afterwards, and gives the exit code. `hadWritten` is true from the
 * commit on; what is left then is short and is finished, so that keys that were made are not lost.
 */
export async function withSignals(
  session: Session,
  io: Io,
  work: () => Promise<number>,
  hadWritten: () => boolean,
): Promise<number> {
  let interrupted: ExitCode | undefined;
  const stopListening = io.onSignal((signal) => {
    interrupted = signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    if (!hadWritten()) session.interrupt();
  });
  try {
    const code = await work();
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
    stopListening();
    await session.close();
  }
}
