/** The last and longest part: Flagsmith's own end-to-end suite, twice in a row, reset by `serve`. */
import type { Outcome } from "./outcome.ts";
import {
  API_ENVIRONMENT,
  DASHBOARD,
  runSuite,
  startDashboard,
  startServe,
  type Suite,
} from "./playwright.ts";
import { provision } from "./sets.ts";
import { withApi, type World } from "./world.ts";

/** Runs the suite twice on one database; each run begins with a reset by `serve`. */
export async function provePlaywright(world: World, suite: Suite): Promise<void> {
  const { directory, outcome } = world;
  const url = await world.databases.create("playwright", world.migrated);
  const file = `${directory}/dashboard.json`;
  await Deno.writeTextFile(file, JSON.stringify(DASHBOARD));
  await provision(["apply", "--file", file], url);
  await withApi(world, url, "playwright", async (api) => {
    const serve = await startServe(url, `${directory}/serve.log`);
    try {
      const dashboard = await startDashboard(suite, api, `${directory}/dashboard.log`);
      try {
        const addresses = { api: api.origin, serve: serve.origin, dashboardPort: dashboard.port };
        for (const round of ["first", "second"]) {
          tell(round, await runSuite(suite, addresses, directory), outcome);
        }
      } finally {
        await dashboard.stop();
      }
    } finally {
      await serve.stop();
    }
  }, API_ENVIRONMENT);
}

function tell(round: string, result: Awaited<ReturnType<typeof runSuite>>, outcome: Outcome): void {
  const { passed, skipped, failed } = result;
  outcome.check(
    `Playwright suite, ${round} run: ${passed} passed, ${skipped} skipped, ${failed.length} failed`,
    failed,
  );
}
