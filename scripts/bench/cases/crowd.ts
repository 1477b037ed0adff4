/** Fifty processes at once on an empty database, as pods of one deployment start. */
import { ended, start } from "../../../tests/support/program.ts";
import { median } from "../figure.ts";
import type { Case } from "../world.ts";

const PROCESSES = 50;

/** Floor: as many processes that connect, find that there is no log, and end. */
export const crowd: Case = {
  name: "crowd",
  async measure(world) {
    const floors: number[] = [];
    const applies: number[] = [];
    for (let run = 0; run <= world.runs; run++) {
      const empty = await world.create();
      const connecting = await crowdOf(["log", "--quiet"], empty.url);
      await empty.drop();
      const database = await world.create();
      const applying = await crowdOf(["apply", "--preset", "dev"], database.url);
      const winners = applying.outs.filter((out) => out.includes("Created ")).length;
      await database.drop();
      if (winners !== 1) throw new Error(`${winners} of ${PROCESSES} processes created something`);
      if (run === 0) continue;
      floors.push(connecting.seconds);
      applies.push(applying.seconds);
    }
    const floor = median(floors);
    const common = { case: `${PROCESSES} processes at once` };
    return [
      { ...common, what: "floor: they connect and end", unit: "s", samples: floors },
      {
        ...common,
        what: "one applies, the others skip",
        unit: "s",
        samples: applies,
        limit: 2 * floor,
        floor,
      },
    ];
  },
};

async function crowdOf(
  args: readonly string[],
  url: string,
): Promise<{ readonly seconds: number; readonly outs: readonly string[] }> {
  const begin = performance.now();
  const processes = Array.from(
    { length: PROCESSES },
    () => ended(start(args, { env: { DATABASE_URL: url } })),
  );
  const results = await Promise.all(processes);
  const seconds = (performance.now() - begin) / 1000;
  for (const { code, out, err } of results) {
    if (code !== 0) throw new Error(`"${args.join(" ")}" exits with ${code}\n${out}${err}`);
  }
  return { seconds, outs: results.map((result) => result.out) };
}
