/**
 * Prints what a test run came to, for `.ci/run`: `test_summary.ts JUNIT_FILE EXIT_CODE`, where the exit code is that of
 * the command that ran the tests. The last line is `N passed, N failed`; the exit code is 0 only when tests ran, none
 * failed and the command itself succeeded.
 */
import { complain, say } from "./terminal.ts";

/** How many test cases (steps included) ended how; ignored ones count in neither. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Counts the test cases of a JUnit report as `deno test --junit-path` writes it. */
export function tallyOf(junit: string): Tally {
  let passed = 0;
  let failed = 0;
  for (const [, attributes = "", body = ""] of junit.matchAll(/<testcase\b([^>]*)>([\s\S]*?)<\/testcase>/g)) {
    if (attributes.endsWith("/")) throw new Error("The report holds a test case that is not closed");
    if (/<(failure|error)\b/.test(body)) failed++;
    else if (!/<skipped\b/.test(body)) passed++;
  }
  return { passed, failed };
}

/**
 * What to print and how to exit. A command that failed although no test did (type errors, formatting, a test file that
 * cannot be loaded) counts as one failure, so that the line never looks better than the run.
 */
export function summaryOf(
  tally: Tally,
  commandExitCode: number,
): { readonly lines: string[]; readonly ok: boolean } {
  const lines: string[] = [];
  let { failed } = tally;
  if (failed === 0 && commandExitCode !== 0) {
    lines.push(`The command failed with exit code ${commandExitCode}, outside of the tests; see above`);
    failed = 1;
  }
  if (tally.passed + failed === 0) lines.push("No test ran");
  lines.push(`${tally.passed} passed, ${failed} failed`);
  return { lines, ok: failed === 0 && tally.passed > 0 };
}

async function main(args: readonly string[]): Promise<number> {
  const [path, code] = args;
  if (path === undefined || code === undefined || !/^\d+$/.test(code)) {
    complain("usage: test_summary.ts JUNIT_FILE EXIT_CODE");
    return 64;
  }
  // No report means that the command stopped before the tests.
  const junit = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const { lines, ok } = summaryOf(tallyOf(junit), Number(code));
  for (const line of lines) say(line);
  return ok ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
