/** Asking the database without writing: one statement list a call, in a transaction of its own or in one that is open. */
import { beginStatements } from "./begin.ts";
import { explained } from "./explained.ts";
import { holdsSecret } from "./render.ts";
import { command, type Statement } from "./statement.ts";
import { type Answer, ROLL_BACK, type Session } from "./session.ts";

/** How statements are sent: inside the open transaction, or in a read-only one of their own. */
export type Ask = (
  doing: string,
  statements: readonly Statement[],
) => Promise<readonly (readonly Answer[])[]>;

/** Asks in one read-only transaction a call; nothing is locked, one snapshot; waits for tables up to `lockTimeout` ms. */
export function readOnly(session: Session, lockTimeout: number): Ask {
  return async (doing, statements) => {
    if (statements.some(({ sql }) => holdsSecret(sql))) {
      return await withReadOnly(session, lockTimeout, (ask) => ask(doing, statements));
    }
    try {
      // A migration may hold a table for as long as it likes.
      const begin = beginStatements(session, "REPEATABLE READ READ ONLY", lockTimeout);
      const answers = await session.script(doing, [...begin, ...statements, command`COMMIT`]);
      return answers.slice(begin.length, -1);
    } catch (error) {
      throw await explained(session, error, { waitedFor: "tables" });
    }
  };
}

/** Runs `body` in one read-only transaction, hence on one snapshot; it can write nothing and needs no right to. */
export async function withReadOnly<T>(
  session: Session,
  lockTimeout: number,
  body: (ask: Ask) => Promise<T>,
): Promise<T> {
  await session.script("begin to read", beginStatements(session, "REPEATABLE READ READ ONLY", lockTimeout));
  try {
    return await body((doing, statements) => session.script(doing, statements, { inTransaction: true }));
  } catch (error) {
    throw await explained(session, error, { waitedFor: "tables" });
  } finally {
    await session.script(ROLL_BACK, [command`ROLLBACK`]).catch(() => {});
  }
}
