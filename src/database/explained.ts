/** Errors of statements with what only the database can add: who holds a lock, which right is missing. */
import { ProvisionError } from "../diagnostics/error.ts";
import { describeLockHolder } from "./lock_holder.ts";
import { withMissingRights } from "./missing_rights.ts";
import type { Session } from "./session.ts";

/**
 * The error with more words, where there are some; ends the transaction that failed. `waitedFor` says what a lock would be,
 * `creates` which table
 * the transaction creates when there is none, if it is one that writes.
 */
export async function explained(
  session: Session,
  error: unknown,
  { waitedFor, creates }: { readonly waitedFor: "run" | "tables"; readonly creates?: string },
): Promise<unknown> {
  return error instanceof ProvisionError && error.code === "FP407"
    ? await withMissingRights(session, error, creates)
    : await describeLockHolder(session, error, waitedFor);
}
