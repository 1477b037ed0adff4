/** The world refused: a database that cannot be reached, a right that is missing, a lock that is held. */

import type { FailureCode } from "./failures.ts";

/** Process exit codes, `docs/cli.md#exit-codes`. */
export const EXIT = {
  done: 0,
  failed: 1,
  pending: 2,
  usage: 64,
  unreachable: 69,
  bug: 70,
  undelivered: 73,
  unknownOutcome: 74,
  timeout: 75,
  schema: 78,
  interrupted: 130,
  terminated: 143,
} as const;

/** An exit code that this tool uses. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/**
 * Something outside of the input stopped the work. The message is written by us, begins with a capital and never repeats
 * a driver's text, because drivers quote parameters.
 */
export class ProvisionError extends Error {
  override readonly name = "ProvisionError";
  /** Stable code, shown in brackets. */
  readonly code: FailureCode;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(code: FailureCode, exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
