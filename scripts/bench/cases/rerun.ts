/** Applying 1,000 entities again when there is nothing to do: what every pod start does. */
import { median } from "../figure.ts";
import { entities } from "../documents.ts";
import { startMeter } from "../../../tests/support/meter.ts";
import { timed } from "../timed_process.ts";
import type { BenchDatabase, Case } from "../world.ts";

/** Floor: a process that starts, says its version and ends. */
export const rerun: Case = {
  name: "rerun",
  async measure(world) {
    const file = `${world.directory}/rerun.json`;
    await Deno.writeTextFile(file, entities(1000));
    const database = await world.create();
    const apply = (url: string) => timed(["apply", "--file", file], { DATABASE_URL: url });
    await apply(database.url);
    const before = await writes(database);
    const start: number[] = [];
    const whole: number[] = [];
    for (let run = 0; run <= world.runs; run++) {
      const floor = await timed(["--version"]);
      const { seconds } = await apply(database.url);
      if (run === 0) continue;
      start.push(floor.seconds);
      whole.push(seconds);
    }
    const meter = startMeter(database.url);
    await apply(meter.url);
    const trips = (await meter.end()).map((connection) => connection.trips);
    const written = await writes(database) - before;
    await database.drop();
    const common = { case: "rerun, 1,000 entities" };
    return [
      { ...common, what: "floor: a process that starts and ends", unit: "s", samples: start },
      { ...common, what: "whole process", unit: "s", samples: whole, limit: 0.4, floor: median(start) },
      { ...common, what: "round trips, connecting included", unit: "trips", samples: trips, limit: 6 },
      { ...common, what: "rows and sequence values written", unit: "writes", samples: [written], limit: 0 },
    ];
  },
};

/** Rows that were ever written in the database, and values that were drawn. */
async function writes({ sql }: BenchDatabase): Promise<number> {
  await sql`select pg_sleep(1.1)`; // sessions that have ended have told their counts by then
  const [row] = await sql`select
    (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables)
      + (select coalesce(sum(last_value), 0) from pg_sequences) as n`;
  return Number(row?.["n"]);
}
