/** 10,000 entities on an empty database. */
import { copyIn, copyOut } from "../copy_floor.ts";
import { entities } from "../documents.ts";
import { median } from "../figure.ts";
import { startMeter } from "../../../tests/support/meter.ts";
import { timed } from "../timed_process.ts";
import type { Case } from "../world.ts";

/** Floor: the same rows, without the tool's own log, by plain COPY in one transaction. */
export const applyMany: Case = {
  name: "many",
  async measure(world) {
    const floors: number[] = [];
    const whole: number[] = [];
    const peaks: number[] = [];
    const file = `${world.directory}/many.json`;
    await Deno.writeTextFile(file, entities(10_000));
    for (let run = 0; run <= world.runs; run++) {
      const database = await world.create();
      const process = await timed(["apply", "--quiet", "--file", file], { DATABASE_URL: database.url }, true);
      const empty = await world.create();
      const tables = await copyOut(database.sql, empty.sql);
      const floor = await copyIn(empty.sql, tables);
      await database.drop();
      await empty.drop();
      if (run === 0) continue;
      floors.push(floor);
      whole.push(process.seconds);
      peaks.push(process.peak);
    }
    const trips: number[] = [];
    for (const count of [1000, 10_000]) {
      await Deno.writeTextFile(file, entities(count));
      const database = await world.create();
      const meter = startMeter(database.url);
      await timed(["apply", "--quiet", "--file", file], { DATABASE_URL: meter.url });
      trips.push(...(await meter.end()).map((connection) => connection.trips));
      await database.drop();
    }
    const common = { case: "apply, 10,000 entities" };
    const floor = median(floors);
    return [
      { ...common, what: "floor: COPY of the same rows", unit: "s", samples: floors },
      { ...common, what: "whole process", unit: "s", samples: whole, limit: 4, floor },
      { ...common, what: "peak memory", unit: "MB", samples: peaks, limit: 400 },
      { ...common, what: "round trips for 1,000 (min) and 10,000 (max)", unit: "trips", samples: trips },
    ];
  },
};
