/** Whether a plan says exactly what the apply that follows it does, read off the rows. */
import assert from "node:assert/strict";
import type { Io } from "../../mod.ts";
import type { TestDatabase } from "./database.ts";
import { type Dump, dumpTables } from "./dump.ts";
import { quickHash } from "./password_hash.ts";
import { foretold, happened, type PlanJson } from "./plan_truth.ts";
import { runCli } from "./run_cli.ts";
import { traces } from "./untouched.ts";

/** One way to say what is wanted: arguments, and standard input for them. */
export interface Wish {
  readonly args: readonly string[];
  readonly stdin?: string;
}

/** A document by standard input. */
export function ofDocument(document: unknown): Wish {
  return { args: ["--file", "-"], stdin: JSON.stringify({ version: "1.0", ...Object(document) }) };
}

/** How a wish is carried out, and what is compared. */
export interface Proof {
  /** Compares plan and rows, those of the log left out; by default every changed row is one that the plan names. */
  readonly compare?: (before: Dump, after: Dump, plan: PlanJson, said: string) => void;
  /** Arguments of the apply alone; `--allow-delete` by default. */
  readonly options?: readonly string[];
  /** What differs from a plain run; hashes of few iterations by default. */
  readonly io?: Partial<Io>;
}

/** What was there before an apply and after it, log included. */
export interface Applied {
  readonly before: Dump;
  readonly after: Dump;
}

/**
 * Plans and finds nothing touched, applies the plan, compares the plan with the difference of the rows, and plans again to find
 * nothing to do. Where apply refuses, plan must refuse with the same words; then there is nothing to give.
 */
export async function assertTruthful(
  database: TestDatabase,
  { args, stdin }: Wish,
  { compare = assertRows, options = ["--allow-delete"], io = { hash: quickHash } }: Proof = {},
): Promise<Applied | undefined> {
  const world = { databaseUrl: database.url, io, ...(stdin === undefined ? {} : { stdin }) };
  const path = await Deno.makeTempFile();
  const seen = await traces(database);
  const planned = await runCli(
    ["plan", ...args, "--format", "json", "--detailed-exitcode", "--out", path],
    world,
  );
  assert.deepEqual(await traces(database), seen);
  const before = seen.rows;
  const saved = planned.code === 1 ? [] : ["--plan", path];
  const applied = await runCli(["apply", ...args, ...saved, ...options], world);
  await Deno.remove(path);
  if (applied.code !== 0) {
    const plan = await runCli(["plan", ...args], world);
    assert.deepEqual([planned.code, plan.err], [applied.code, applied.err]);
    return undefined;
  }
  const after = await dumpTables(database.sql);
  const plan: PlanJson = JSON.parse(planned.out);
  assert.equal(planned.code, plan.changes ? 2 : 0);
  const log = (dump: typeof before) => dump.get("provisioning_log")?.length ?? 0;
  assert.equal(log(after) > log(before), plan.changes);
  const withoutLog = (dump: typeof before) =>
    new Map([...dump].filter(([table]) => table !== "provisioning_log"));
  compare(withoutLog(before), withoutLog(after), plan, applied.out);
  if (!plan.changes) assert.deepEqual(after, before);
  const again = await runCli(["plan", ...args, "--detailed-exitcode"], world);
  assert.deepEqual([again.code, again.out], [0, "Nothing to do.\n"]);
  return { before, after };
}

/** Every changed row is one that the plan names. */
function assertRows(before: Dump, after: Dump, plan: PlanJson, said: string): void {
  assert.deepEqual(happened(before, after), foretold(plan), said);
}
