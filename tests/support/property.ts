/** How the properties over random sets are run. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { randomSet } from "./random_set.ts";
import { minimiseSet } from "./random_set/minimise.ts";
import { filesOf } from "./random_set/forms.ts";
import type { RandomSet } from "./random_set/value.ts";
import { quickHash } from "./password_hash.ts";
import { type CliResult, runCli } from "./run_cli.ts";

/** `FULL=1`, or `FULL_TESTS=1`, asks for this many runs of each property. */
const FULL_RUNS = 200;

/** True when every test is to be repeated as often as is worth it. */
export function isFull(): boolean {
  return Deno.env.get("FULL") === "1" || Deno.env.get("FULL_TESTS") === "1";
}

/**
 * Checks a property of random sets: of so many as `runs` says, or of many with `FULL=1`, from a fixed seed or from `SEED`.
 * What fails names its set by seed: `setOf(seed)` makes it again, and with `MINIMISE=1` a smaller one that fails too is
 * printed.
 */
export async function holdsForSets(
  runs: number,
  property: (set: RandomSet) => Promise<void>,
): Promise<void> {
  const seed = Number(Deno.env.get("SEED") ?? 1);
  const numRuns = isFull() ? FULL_RUNS : runs;
  await fc.assert(
    fc.asyncProperty(randomSet, async (set) => {
      try {
        await property(set);
      } catch (error) {
        if (Deno.env.get("MINIMISE") === "1") await showSmallest(set, property);
        throw new Error(`Seed ${set.seed}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    }),
    { numRuns, seed, endOnFailure: true },
  );
}

/** Prints the files of the smallest set that still breaks the property. */
async function showSmallest(set: RandomSet, property: (set: RandomSet) => Promise<void>): Promise<void> {
  const smallest = await minimiseSet(set, async (smaller) => {
    const stdin = filesOf(smaller).join("---\n");
    if ((await runCli(["validate", "--closed", "--file", "-"], { stdin })).code !== 0) return false;
    return await property(smaller).then(() => false, () => true);
  });
  const error = await property(smallest).catch((reason: unknown) => reason);
  // deno-lint-ignore no-console
  console.log(`${filesOf(smallest).join("---\n")}\n${error}`);
}

/** Runs a command on the files of a set; throws with the run's words unless it ends well. */
export async function runSet(
  set: RandomSet,
  databaseUrl: string,
  args: readonly string[] = [],
): Promise<CliResult> {
  const stdin = filesOf(set).join("---\n");
  const result = await runCli([...args, "--file", "-"], { databaseUrl, stdin, io: { hash: quickHash } });
  assert.equal(result.code, 0, result.err.split("\n").filter((line) => !line.includes("[FP150]")).join("\n"));
  return result;
}
