/** From options and environment to a session. */
import { openSession, type Session } from "../database/session.ts";
import { connectionSettings } from "../database/settings.ts";
import { TOOL_VERSION } from "../diagnostics/version.ts";
import type { Io } from "./io.ts";

/** Options of commands that connect. */
export interface ConnectOptions {
  readonly databaseUrl?: string | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
}

/** Connects as the options or the environment say. */
export function connect(options: ConnectOptions, io: Io): Promise<Session> {
  return openSession(connectionSettings(options.databaseUrl, io.env), {
    connectTimeout: options.connectTimeout / 1000,
    applicationName: `flagsmith-provision ${TOOL_VERSION}`,
    readTextFile: io.readTextFile,
  });
}
