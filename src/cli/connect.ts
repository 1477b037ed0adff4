/** From options and environment to a session. */
import type { OpenConnection } from "../database/connection.ts";
import { APPLICATION } from "../database/lock_holder.ts";
import { type MayNeed, openSession, type Session } from "../database/session.ts";
import { connectionSettings } from "../database/settings.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Migration } from "../snapshot/readiness.ts";
import type { Io } from "./io.ts";
import { waitForDatabase } from "./wait.ts";

/** Maximum time to wait for a server to answer when nobody says, milliseconds. */
export const CONNECT_TIMEOUT = 10_000;

/** Surroundings that may make connections themselves. */
export interface ConnectingIo extends Io {
  /** Makes connections; undefined: a new one for each session. */
  readonly openConnection?: OpenConnection;
}

/** Options of commands that connect. */
export interface ConnectOptions {
  readonly databaseUrl?: string | undefined;
  /** Milliseconds; undefined: what the address says, else ten seconds. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds to wait for the server and Flagsmith's migrations; undefined: they must be there. */
  readonly wait?: number | undefined;
  readonly waitFor?: Migration | undefined;
  readonly quiet?: true | undefined;
}

/**
 * Connects as the options or the environment say, and waits first when they say so; `command` is what others see the session
 * called by, `mayNeed` tells which rights it may need, for the report of missing ones.
 */
export async function connect(
  options: ConnectOptions,
  io: ConnectingIo,
  command: string,
  mayNeed: MayNeed,
): Promise<Session> {
  const { wait, waitFor, quiet } = options;
  if (wait === undefined && waitFor !== undefined) {
    throw new ProvisionError(
      "FP473",
      EXIT.usage,
      "--wait-for says what to wait for, and --wait is missing, which says how long",
      "Add --wait 60s",
    );
  }
  const files = { readTextFile: io.readTextFile, stat: io.stat };
  const settings = await connectionSettings(options.databaseUrl, { env: io.env, files });
  const longest = options.connectTimeout ?? settings.connectTimeout ?? CONNECT_TIMEOUT;
  const open = (left: number): Promise<Session> =>
    openSession(settings, {
      connectTimeout: Math.min(longest, left),
      applicationName: `${APPLICATION} ${command}`,
      mayNeed,
      files,
      now: io.now,
      openConnection: io.openConnection,
    });
  return wait === undefined
    ? await open(Infinity)
    : await waitForDatabase(open, { wait, waitFor, quiet }, io);
}

/** Connects again in the middle of a command: the migrations were there. */
export function reconnect(
  options: ConnectOptions,
  io: Io,
  command: string,
  mayNeed: MayNeed,
): Promise<Session> {
  return connect({ ...options, wait: undefined, waitFor: undefined }, io, command, mayNeed);
}
