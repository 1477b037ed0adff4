/** 1,000 features in 10 environments: about 40,000 rows. */
import { copyIn, copyOut } from "../copy_floor.ts";
import { grid } from "../documents.ts";
import { median } from "../figure.ts";
import { startMeter } from "../../../tests/support/meter.ts";
import { timed } from "../timed_process.ts";
import type { Case } from "../world.ts";

/** Floor: the same rows, without the tool's own log, by plain COPY in one transaction. */
export const applyGrid: Case = {
  name: "grid",
  async measure(world) {
    const file = `${world.directory}/grid.json`;
    await Deno.writeTextFile(file, grid(1000, 10));
    const floors: number[] = [];
    const whole: number[] = [];
    const transactions: number[] = [];
    const trips: number[] = [];
    const peaks: number[] = [];
    let rows = 0;
    for (let run = 0; run <= world.runs; run++) {
      const direct = await world.create();
      const process = await timed(["apply", "--quiet", "--file", file], { DATABASE_URL: direct.url });
      const template = await world.create();
      const tables = await copyOut(direct.sql, template.sql);
      await template.drop();
      await direct.drop();
      const relayed = await world.create();
      const meter = startMeter(relayed.url);
      const watched = await timed(["apply", "--quiet", "--file", file], { DATABASE_URL: meter.url }, true);
      const [connection] = await meter.end();
      await relayed.drop();
      const empty = await world.create();
      const floor = await copyIn(empty.sql, tables);
      await empty.drop();
      if (run === 0) continue;
      rows = tables.reduce((sum, table) => sum + table.rows, 0);
      floors.push(floor);
      whole.push(process.seconds);
      transactions.push(connection?.transaction ?? NaN);
      trips.push(connection?.trips ?? NaN);
      peaks.push(watched.peak);
    }
    const floor = median(floors);
    const common = { case: `1,000 features × 10 environments, ${rows.toLocaleString("en")} rows` };
    return [
      { ...common, what: "floor: COPY of the same rows", unit: "s", samples: floors },
      { ...common, what: "the transaction", unit: "s", samples: transactions, limit: 2 * floor, floor },
      { ...common, what: "whole process", unit: "s", samples: whole, limit: 3 * floor, floor },
      { ...common, what: "peak memory", unit: "MB", samples: peaks },
      { ...common, what: "round trips, connecting included", unit: "trips", samples: trips },
    ];
  },
};
