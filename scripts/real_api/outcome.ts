/** What was checked: one line each, told as it happens. */
import { say } from "../terminal.ts";

/** A list of checks that counts. */
export interface Outcome {
  /** Tells a check: `problems` is what is wrong, one line each; empty when all is well. */
  check(what: string, problems: readonly string[]): void;
  /** Tells how many there were; true when nothing was wrong. */
  end(): boolean;
}

/** A new list, which writes to `tell`. */
export function outcome(tell: (line: string) => void = say): Outcome {
  let passed = 0;
  let failed = 0;
  return {
    check: (what, problems) => {
      if (problems.length === 0) passed++;
      else failed++;
      tell(`${problems.length === 0 ? "ok  " : "FAIL"} ${what}`);
      for (const problem of problems) tell(`       ${problem}`);
    },
    end: () => {
      tell(`real API: ${passed} passed, ${failed} failed`);
      return failed === 0 && passed > 0;
    },
  };
}

/** The problem in a list of its own when `holds` is false, else none. */
export function unless(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem];
}
