/** `log protect` and `log unprotect`: whether the instance may be torn down. */
import { EXIT } from "../../diagnostics/error.ts";
import { setProtection } from "../../log/protect.ts";
import type { Io } from "../io.ts";
import { type LogRunOptions, withLogRun } from "../log_run.ts";

/** Runs the command; gives the exit code. */
export async function runLogProtect(protect: boolean, options: LogRunOptions, io: Io): Promise<number> {
  const source = protect ? "log protect" : "log unprotect";
  return await withLogRun(options, io, { source }, async ({ ask, catalog, facts }) => {
    const changed = await setProtection(ask, catalog, protect, facts);
    return { result: changed, write: changed };
  }, (changed) => {
    if (options.quiet !== true) {
      const words = protect ? "protected" : "not protected";
      io.out(`This instance is ${changed ? "now" : "already"} ${words}.\n`.replace("already not", "not"));
    }
    return EXIT.done;
  });
}
