/** What exists only once (master API keys, made-up passwords, links) is said somewhere, whatever fails after the commit. */
import { EXIT, type ExitCode, ProvisionError } from "../diagnostics/error.ts";
import type { ApplyResult } from "../apply/apply.ts";
import type { Session } from "../database/session.ts";
import { type IssuedSecrets, runLines } from "../report/lines.ts";
import type { HandedOutValues } from "./issued_secrets.ts";
import type { Io } from "./io.ts";
import type { OutputsFile } from "./outputs.ts";

/** Lines that show a value which cannot be read back. */
export function onceOnlyLines(result: ApplyResult, shown: IssuedSecrets): readonly string[] {
  return runLines(result, shown, true).filter(({ isOnceOnly }) => isOnceOnly).map(({ text }) => text);
}

/**
 * Puts the outputs file in place. False when that failed after the commit: the error was said, and the values are to be
 * printed. Before a commit (nothing was written) a failure is thrown.
 */
async function publishOutputs(
  outputs: OutputsFile,
  session: Session,
  result: ApplyResult,
  issuedSecrets: HandedOutValues,
  io: Io,
): Promise<boolean> {
  try {
    await outputs.publish(session, result, issuedSecrets);
    return true;
  } catch (error) {
    if (!result.written || !(error instanceof ProvisionError)) throw error;
    io.err(
      `error: ${error.message} [${error.code}]\n   = hint: The run was committed before that. What exists only once is printed instead; run it again to write the file\n`,
    );
    return false;
  }
}

/** Puts the outputs file in place, prints what was done by `print`, and gives the exit code. */
export async function handOut(
  { result, issuedSecrets, outputs, session }: {
    readonly result: ApplyResult;
    readonly issuedSecrets: HandedOutValues;
    readonly outputs: OutputsFile | undefined;
    readonly session: Session;
  },
  print: (shown: IssuedSecrets) => void,
  io: Io,
): Promise<ExitCode> {
  const written = outputs === undefined || result.dryRun ||
    await publishOutputs(outputs, session, result, issuedSecrets, io);
  if (result.dryRun) await outputs?.discard();
  const shows = outputs === undefined || !written;
  print(shows ? issuedSecrets.printed : issuedSecrets.withoutSecrets);
  const code = await delivered(result, issuedSecrets, shows, io);
  if (written) return code;
  await keepOrDiscard(outputs, io);
  return EXIT.undelivered;
}

/** What was staged and could not be put in place holds secrets: it goes, unless both streams failed and it is all there is. */
async function keepOrDiscard(outputs: OutputsFile | undefined, io: Io): Promise<void> {
  const { out, err } = await io.settle();
  if (out === undefined || err === undefined) await outputs?.discard();
}

/** Waits until standard output took what exists only once; says it on standard error when it did not. */
async function delivered(
  result: ApplyResult,
  issuedSecrets: HandedOutValues,
  printed: boolean,
  io: Io,
): Promise<ExitCode> {
  const lines = printed && result.written ? onceOnlyLines(result, issuedSecrets.printed) : [];
  if (lines.length === 0) return EXIT.done;
  const { out } = await io.settle();
  if (out === undefined) return EXIT.done;
  io.err(
    `error: Standard output could not be written, and the run was committed. These values exist only once [FP508]\n${
      lines.map((line) => `${line}\n`).join("")
    }`,
  );
  return EXIT.undelivered;
}

/** Work that leaves nothing staged behind when it fails or is interrupted, with the exception that `discarded` makes. */
export function discarding(
  outputs: OutputsFile | undefined,
  work: () => Promise<number>,
): () => Promise<number> {
  return () =>
    work().catch(async (error: unknown) => {
      throw await discarded(outputs, error);
    });
}

/**
 * Removes what was staged, and gives the error. After a commit whose outcome nobody knows the staged file is kept, since its
 * values may be the only ones; the hint says where.
 */
async function discarded(outputs: OutputsFile | undefined, error: unknown): Promise<unknown> {
  const unknown = error instanceof ProvisionError && error.exitCode === EXIT.unknownOutcome;
  if (!unknown || outputs?.staged === undefined) {
    await outputs?.discard();
    return error;
  }
  const { code, exitCode, message, hint } = error;
  const where = `In case it was committed, its keys are in ${outputs.staged}`;
  return new ProvisionError(code, exitCode, message, hint === undefined ? where : `${hint}. ${where}`);
}
