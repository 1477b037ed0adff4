/** The shipped `bootstrap` set on a fresh database. */
import type { Case } from "../world.ts";
import { median } from "../figure.ts";
import { startMeter } from "../../../tests/support/meter.ts";
import { timed } from "../timed_process.ts";

/** Floor: a process that starts, says its version and ends. */
export const bootstrap: Case = {
  name: "bootstrap",
  async measure(world) {
    const start: number[] = [];
    const whole: number[] = [];
    for (let run = 0; run <= world.runs; run++) {
      const { url, drop } = await world.create();
      const floor = await timed(["--version"]);
      const { seconds } = await timed(["apply", "--preset", "bootstrap"], {
        DATABASE_URL: url,
        ADMIN_EMAIL: "owner@example.com",
      });
      await drop();
      if (run === 0) continue; // warms the page cache
      start.push(floor.seconds);
      whole.push(seconds);
    }
    const counted = await world.create();
    const meter = startMeter(counted.url);
    await timed(["apply", "--preset", "bootstrap"], { DATABASE_URL: meter.url });
    const trips = (await meter.end()).map((connection) => connection.trips);
    await counted.drop();
    const common = { case: "bootstrap" };
    return [
      { ...common, what: "floor: a process that starts and ends", unit: "s", samples: start },
      { ...common, what: "whole process", unit: "s", samples: whole, limit: 0.35, floor: median(start) },
      { ...common, what: "round trips, connecting included", unit: "trips", samples: trips },
    ];
  },
};
