/** `validate`: everything but the database. */
import { entities } from "../documents.ts";
import { median } from "../figure.ts";
import { timed } from "../timed_process.ts";
import type { Case } from "../world.ts";

/** Floor: a process that starts, says its version and ends. */
export const validate: Case = {
  name: "validate",
  async measure(world) {
    const start: number[] = [];
    const thousand: number[] = [];
    const tenThousand: number[] = [];
    const peak: number[] = [];
    const write = async (count: number): Promise<string> => {
      const file = `${world.directory}/validate_${count}.json`;
      await Deno.writeTextFile(file, entities(count));
      return file;
    };
    const [small, large] = [await write(1000), await write(10_000)];
    for (let run = 0; run <= world.runs; run++) {
      const floor = await timed(["--version"]);
      const less = await timed(["validate", "--file", small]);
      const more = await timed(["validate", "--file", large]);
      const watched = await timed(["validate", "--file", large], {}, true);
      if (run === 0) continue;
      start.push(floor.seconds);
      thousand.push(less.seconds);
      tenThousand.push(more.seconds);
      peak.push(watched.peak);
    }
    const common = { case: "validate" };
    const floor = median(start);
    return [
      { ...common, what: "floor: a process that starts and ends", unit: "s", samples: start },
      { ...common, what: "1,000 entities", unit: "s", samples: thousand, limit: 0.3, floor },
      { ...common, what: "10,000 entities", unit: "s", samples: tenThousand, limit: 1.2, floor },
      { ...common, what: "10,000 entities, peak memory", unit: "MB", samples: peak, limit: 250 },
    ];
  },
};
