/** From options and environment to a session. */
import { APPLICATION } from "../database/lock_holder.ts";
import { openSession, type Session } from "../database/session.ts";
import { connectionSettings } from "../database/settings.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Migration } from "../snapshot/readiness.ts";
import type { Io } from "./io.ts";
import { waitForDatabase } from "./wait.ts";

/** Options of commands that connect. */
export interface ConnectOptions {
  readonly databaseUrl?: string | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds to wait for the server and Flagsmith's migrations; undefined: they must be there. */
  readonly wait?: number | undefined;
  readonly waitFor?: Migration | undefined;
  readonly quiet?: true | undefined;
}

/**
 * Connects as the options or the environment say, and waits first when they say so; `command` is what others see the session
 * called by.
 */
export async function connect(options: ConnectOptions, io: Io, command: string): Promise<Session> {
  const { wait, waitFor, quiet } = options;
  if (wait === undefined && waitFor !== undefined) {
    throw new ProvisionError(
      "FP473",
      EXIT.usage,
      "--wait-for says what to wait for, and --wait is missing, which says how long",
      "Add --wait 60s",
    );
  }
  const settings = connectionSettings(options.databaseUrl, io.env);
  const open = (longest: number): Promise<Session> =>
    openSession(settings, {
      connectTimeout: Math.min(options.connectTimeout, longest) / 1000,
      applicationName: `${APPLICATION} ${command}`,
      readTextFile: io.readTextFile,
    });
  return wait === undefined
    ? await open(options.connectTimeout)
    : await waitForDatabase(open, { wait, waitFor, quiet }, io);
}

/** Connects again in the middle of a command: the migrations were there. */
export function reconnect(options: ConnectOptions, io: Io, command: string): Promise<Session> {
  return connect({ ...options, wait: undefined, waitFor: undefined }, io, command);
}
