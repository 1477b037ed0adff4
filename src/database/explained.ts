/** Errors of statements with what only the database can add: who holds a lock, which right is missing. */
import { describeLockHolder } from "./lock_holder.ts";
import { mayLackRight, withMissingRights } from "./missing_rights.ts";
import type { Session } from "./session.ts";

/**
 * The error with more words, where there are some; ends the transaction that failed. `waitedFor` says what a lock would be.
 */
export async function explained(
  session: Session,
  error: unknown,
  { waitedFor }: { readonly waitedFor: "run" | "tables" },
): Promise<unknown> {
  return mayLackRight(error)
    ? await withMissingRights(session, error)
    : await describeLockHolder(session, error, waitedFor);
}
