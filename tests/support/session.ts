/** A session of a test's own, as commands open theirs. */
import { openSession, type Session } from "../../src/database/session.ts";
import { connectionSettings } from "../../src/database/settings.ts";
import { openKept } from "./kept_connections.ts";

/** Connects to a database by its URL; nothing of the test's environment is looked at. */
export async function openTestSession(url: string): Promise<Session> {
  return await openSession(await connectionSettings(url, { env: () => undefined }), {
    connectTimeout: 10_000,
    applicationName: "flagsmith-provision test",
    files: {
      readTextFile: () => Promise.reject(new Error("No file was named")),
      stat: () => Promise.reject(new Error("No file was named")),
    },
    now: () => Date.now(),
    openConnection: openKept,
  });
}
