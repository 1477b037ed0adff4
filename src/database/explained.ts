/** Errors of statements with what only the database can add: who holds a lock, which right is missing. */
import { ProvisionError } from "../diagnostics/error.ts";
import { describeLockHolder } from "./lock_holder.ts";
import { withMissingRights } from "./missing_rights.ts";
import type { Session } from "./session.ts";

/**
 * The error with more words, where there are some; ends the transaction that failed. `waitedFor` says what a lock would be,
 * `writes` whether the transaction was one that writes.
 */
export async function explained(
  session: Session,
  error: unknown,
  { waitedFor, writes }: { readonly waitedFor: "run" | "tables"; readonly writes: boolean },
): Promise<unknown> {
  return error instanceof ProvisionError && error.code === "FP407"
    ? await withMissingRights(session, error, writes)
    : await describeLockHolder(session, error, waitedFor);
}
