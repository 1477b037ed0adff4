/**
 * `deno task bench:compare BEFORE AFTER`: what two binaries cost for the same work, run in turn: processor time, which another
 * program on the machine disturbs less than it does the clock. Exit codes: 0 nothing costs more than the limit allows, 1 something
 * does or a run failed, 64 wrong usage.
 */
import { parseArgs } from "node:util";
import { type Comparison, comparisonLines, growth } from "./bench/comparison.ts";
import { cpuTime } from "./bench/cpu_time.ts";
import { entities } from "./bench/documents.ts";
import { openWorld, type World } from "./bench/world.ts";
import { complain, say } from "./terminal.ts";

const USAGE =
  "usage: deno task bench:compare BEFORE AFTER [--runs NUMBER] [--limit PERCENT] [--database-url URL]";

/** A run of one binary; `url` is a database that is its own, fresh or with what an earlier run made. */
interface Work {
  readonly case: string;
  readonly args: readonly string[];
  /** What has happened to the database; without it there is none. */
  readonly database?: "fresh" | "applied";
  readonly processes?: number;
  /** How much less often than the others, because it is slow. */
  readonly rarer?: number;
}

function workOf(file: string): readonly Work[] {
  return [
    { case: "--help", args: ["--help"] },
    { case: "validate, 1,000 entities", args: ["validate", "--file", file] },
    { case: "bootstrap", args: ["apply", "--preset", "bootstrap"], database: "fresh" },
    { case: "bootstrap again", args: ["apply", "--preset", "bootstrap"], database: "applied" },
    { case: "1,000 entities", args: ["apply", "--file", file], database: "fresh" },
    { case: "1,000 entities again", args: ["apply", "--file", file], database: "applied" },
    {
      case: "50 processes at once",
      args: ["apply", "--preset", "dev"],
      database: "fresh",
      processes: 50,
      rarer: 4,
    },
  ];
}

async function compare(
  work: Work,
  binaries: readonly [string, string],
  runs: number,
  world: World,
): Promise<Comparison> {
  const samples: readonly [number[], number[]] = [[], []];
  const once = async (at: 0 | 1): Promise<number> => {
    const command = [binaries[at], ...work.args];
    if (work.database === undefined) return await cpuTime(command, {});
    const { url, drop } = await world.create();
    const env = { DATABASE_URL: url };
    if (work.database === "applied") await cpuTime(command, env);
    const seconds = await cpuTime(command, env, work.processes);
    await drop();
    return seconds;
  };
  for (let run = 0; run <= runs; run++) {
    for (const at of run % 2 === 0 ? [0, 1] as const : [1, 0] as const) {
      const seconds = await once(at);
      if (run > 0) samples[at].push(seconds); // the first warms the page cache
    }
  }
  return { case: work.case, before: samples[0], after: samples[1] };
}

async function compareAll(
  binaries: readonly [string, string],
  runs: number,
  limit: number,
  databaseUrl: string | undefined,
): Promise<boolean> {
  const world = await openWorld(runs, databaseUrl);
  try {
    const file = `${world.directory}/entities.json`;
    await Deno.writeTextFile(file, entities(1000));
    const comparisons: Comparison[] = [];
    for (const work of workOf(file)) {
      complain(`Comparing ${work.case} …`);
      comparisons.push(await compare(work, binaries, Math.ceil(runs / (work.rarer ?? 1)), world));
    }
    say(`Processor time, ${world.server}, ${navigator.hardwareConcurrency} cores, medians of ${runs} pairs`);
    say("");
    for (const line of comparisonLines(comparisons)) say(line);
    return comparisons.every((one) => growth(one) * 100 <= limit);
  } finally {
    await world.end();
  }
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals: [before, after, ...rest] } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        runs: { type: "string", default: "20" },
        limit: { type: "string", default: "5" },
        "database-url": { type: "string" },
      },
    });
    const [runs, limit] = [Number(values.runs), Number(values.limit)];
    if (
      before === undefined || after === undefined || rest.length > 0 || !(runs >= 1) || Number.isNaN(limit)
    ) {
      complain(USAGE);
      return 64;
    }
    return await compareAll([before, after], runs, limit, values["database-url"]) ? 0 : 1;
  } catch (error) {
    complain(`bench:compare: ${error instanceof Error ? error.message : error}`);
    return error instanceof TypeError ? 64 : 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
