/**
 * `deno task bench`: measures what `docs/bench.md` promises, whole processes from outside, on a PostgreSQL server whose
 * commits are durable. With `FLAGSMITH_PROVISION_BINARY` it measures that binary, else the sources. Exit codes:
 * 0 every goal is met, 1 one is not or a case failed, 64 wrong usage.
 */
import { program } from "../tests/support/program.ts";
import { type Arguments, readArguments, USAGE } from "./bench/arguments.ts";
import { applyGrid } from "./bench/cases/apply_grid.ts";
import { applyMany } from "./bench/cases/apply_many.ts";
import { bootstrap } from "./bench/cases/bootstrap.ts";
import { crowd } from "./bench/cases/crowd.ts";
import { large } from "./bench/cases/large.ts";
import { rerun } from "./bench/cases/rerun.ts";
import { serve } from "./bench/cases/serve.ts";
import { validate } from "./bench/cases/validate.ts";
import { type Figure, keepsLimit, tableLines } from "./bench/figure.ts";
import { openWorld } from "./bench/world.ts";
import { complain, say } from "./terminal.ts";

const CASES = [bootstrap, rerun, validate, applyGrid, applyMany, large, serve, crowd];

async function measure(args: Arguments): Promise<boolean> {
  const world = await openWorld(args.runs, args.databaseUrl);
  try {
    const figures: Figure[] = [];
    for (const one of CASES) {
      if (args.cases.length > 0 && !args.cases.includes(one.name)) continue;
      complain(`Measuring ${one.name} …`);
      figures.push(...await one.measure(world));
    }
    const what = program().compiled ? "The binary" : "The sources (the goals are those of the binary)";
    say(`${what}, ${world.server}, ${navigator.hardwareConcurrency} cores, median of ${args.runs} runs`);
    say("");
    for (const line of tableLines(figures)) say(line);
    return figures.every(keepsLimit);
  } finally {
    await world.end();
  }
}

async function main(args: readonly string[]): Promise<number> {
  let read: Arguments;
  try {
    read = readArguments(args, CASES.map((one) => one.name));
  } catch (error) {
    complain(`bench: ${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 64;
  }
  try {
    return await measure(read) ? 0 : 1;
  } catch (error) {
    complain(`bench: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
