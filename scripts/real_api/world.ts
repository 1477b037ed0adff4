/** What the parts of a run share. */
import { environment, type Installation, type Running, startApi } from "./application.ts";
import type { Databases } from "./databases.ts";
import type { Outcome } from "./outcome.ts";

/** What every part of the run works with. */
export interface World {
  readonly installation: Installation;
  readonly databases: Databases;
  /** URL of a database that is migrated and otherwise as new. */
  readonly migrated: string;
  readonly secretKey: string;
  /** A directory of the run's own, removed at its end. */
  readonly directory: string;
  readonly outcome: Outcome;
}

/** The API's server for a database, for as long as `work` takes; its log stays when something throws. */
export async function withApi(
  world: World,
  databaseUrl: string,
  name: string,
  work: (running: Running) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const running = await startApi(
    world.installation,
    { ...environment(databaseUrl, world.secretKey, world.directory), ...more },
    `${world.directory}/${name}.log`,
  );
  try {
    await work(running);
  } finally {
    await running.stop();
  }
}
