/** Asking before something is removed: `--yes`, or the word typed on a terminal. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Io } from "./io.ts";

/** Throws unless the operator agrees. `what` ends the sentence "This removes …". */
export async function confirm(what: string, yes: boolean, io: Io): Promise<void> {
  if (yes) return;
  if (!io.inIsTerminal || !io.errIsTerminal) {
    throw new ProvisionError(
      "FP427",
      EXIT.usage,
      `This removes ${what} and needs --yes`,
      "Look at it with --dry-run first",
    );
  }
  io.err(`This removes ${what} from the database. Type yes to go on: `);
  if ((await io.readLine())?.trim() === "yes") return;
  throw new ProvisionError("FP427", EXIT.failed, "Not confirmed", "Nothing was changed");
}
