/** What a large instance costs: the same 1,000 entities beside 100,000 features and 1,000,000 identities of others. */
import { addOthers } from "../../../tests/support/large_instance.ts";
import { entities } from "../documents.ts";
import { type Figure, median } from "../figure.ts";
import { timed } from "../timed_process.ts";
import type { BenchDatabase, Case } from "../world.ts";

const OTHERS = { features: 100_000, identities: 1_000_000 };
/** How much longer a command may take beside the others. */
const MOST = 1.25;

/** Floor: the same command on a database that holds nothing else. */
export const large: Case = {
  name: "large",
  async measure(world) {
    const file = `${world.directory}/large.json`;
    await Deno.writeTextFile(file, entities(1000));
    const commands: readonly (readonly [what: string, ...words: string[]])[] = [
      ["apply", "apply", "--quiet", "--file", file],
      ["rerun", "apply", "--quiet", "--file", file],
      ["status", "status", "--file", file],
      ["export", "export", "--organisation", "Acme Corp"],
      ["reset", "reset", "--quiet", "--yes", "--file", file],
      ["teardown", "teardown", "--quiet", "--all", "--yes"],
    ];
    const [empty, beside] = [await world.create(), await world.create()];
    await addOthers(beside.url, OTHERS);
    const samples = commands.map((): readonly [number[], number[]] => [[], []]);
    for (let run = 0; run <= world.runs; run++) {
      for (const [at, [, ...words]] of commands.entries()) {
        const seconds = async ({ url }: BenchDatabase): Promise<number> =>
          (await timed(words, { DATABASE_URL: url })).seconds;
        const [floor, cost] = [await seconds(empty), await seconds(beside)];
        if (run === 0) continue;
        samples[at]?.[0].push(floor);
        samples[at]?.[1].push(cost);
      }
    }
    await empty.drop();
    await beside.drop();
    return commands.flatMap(([what], at): readonly Figure[] => {
      const [floors, costs] = samples[at] ?? [[], []];
      const floor = median(floors);
      const common = { case: "1,000 entities in a large instance", unit: "s" } as const;
      return [
        { ...common, what: `floor: ${what} in an empty one`, samples: floors },
        { ...common, what, samples: costs, limit: MOST * floor, floor },
      ];
    });
  },
};
