/** `--wait`: containers start in any order, so the server and Flagsmith's migrations may come later than this process. */
import { ConnectError } from "../database/connect_errors.ts";
import { command } from "../database/statement.ts";
import type { Session } from "../database/session.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { type Migration, type Readiness, readReadiness } from "../snapshot/readiness.ts";
import type { Io } from "./io.ts";

/** How long to wait, and for what. */
export interface WaitOptions {
  /** Milliseconds. */
  readonly wait: number;
  /** This migration must be there; else the migrations must have come to rest. */
  readonly waitFor?: Migration | undefined;
  readonly quiet?: true | undefined;
}

/**
 * Milliseconds without a new migration after which they are taken to be complete
 * (`docs/output.md#progress-and-waiting`).
 */
const REST = 2_000;
/** Milliseconds after which the program says what it waits for. */
const SILENCE = 10_000;
const PAUSE = 200;

/**
 * Opens a session when the server accepts one and Flagsmith's migrations are there. `open` is given the milliseconds that
 * are left. Throws with exit code 75 when the time is over, and at once what no waiting cures.
 */
export async function waitForDatabase(
  open: (left: number) => Promise<Session>,
  options: WaitOptions,
  io: Pick<Io, "now" | "err">,
): Promise<Session> {
  const start = io.now();
  const left = (): number => start + options.wait - io.now();
  let session: Session | undefined;
  let seen: { readonly mark: string; readonly since: number } | undefined;
  let said = "";
  let before: ProvisionError | undefined;
  for (;;) {
    let why: ProvisionError;
    const given = left();
    try {
      session ??= await open(Math.max(1, given));
      const { missing, mark, old } = await look(session, options.waitFor);
      if (seen?.mark !== mark) seen = { mark, since: io.now() };
      const rests = options.waitFor !== undefined || old || io.now() - seen.since >= REST;
      if (missing === undefined && rests) return session;
      why = timeOver(missing, options.wait);
    } catch (error) {
      seen = undefined;
      await session?.close();
      session = undefined;
      if (!(error instanceof ProvisionError) || !mayPass(error)) throw error;
      // An attempt that the end of the wait cut short knows less than the one before it.
      why = given < PAUSE && before !== undefined ? before : unreachable(error, options.wait);
    }
    before = why;
    if (left() <= 0) {
      await session?.close();
      throw why;
    }
    if (options.quiet !== true && io.now() - start >= SILENCE && said !== why.message) {
      said = why.message;
      io.err(`note: Still waiting: ${why.message.replace(/^.*?: /, "")}.\n`);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(PAUSE, left()))));
  }
}

async function look(session: Session, target: Migration | undefined): Promise<Readiness> {
  try {
    return await readReadiness(session, target);
  } catch (error) {
    // A migration holds the table of migrations, or has just made or dropped it.
    const busy = error instanceof ProvisionError && ["FP405", "FP409"].includes(error.code);
    if (!busy) throw error;
    await session.script("roll back", [command`ROLLBACK`]);
    return { missing: undefined, mark: "locked", old: false };
  }
}

/** A server that is not there yet, or went away again, as it does once while it initialises. */
function mayPass(error: ProvisionError): boolean {
  return error instanceof ConnectError ? error.mayPass : error.code === "FP404";
}

function unreachable(error: ProvisionError, wait: number): ProvisionError {
  return new ProvisionError(
    "FP471",
    EXIT.timeout,
    `The database did not accept a connection within ${seconds(wait)}: ${
      error.message.replace(/^The database cannot be reached: /, "")
    }`,
    "Check address and port, and that the server is starting; or give a longer --wait",
  );
}

function timeOver(missing: string | undefined, wait: number): ProvisionError {
  return new ProvisionError(
    "FP472",
    EXIT.timeout,
    `Flagsmith's migrations were not complete within ${seconds(wait)}: ${
      missing === undefined ? "they are still being applied" : `${missing} is missing`
    }`,
    "Check that the migrations run (python manage.py migrate) on this database; or give a longer --wait. Nothing was changed",
  );
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`;
}
