/** One connection that is kept for what comes next, and replaced when it is lost. */
import type { Session } from "../database/session.ts";
import { ProvisionError } from "../diagnostics/error.ts";

/** Work on a connection that is opened when needed and kept while it serves. */
export class KeptSession<R> {
  readonly #open: () => Promise<Session>;
  readonly #work: (session: Session) => Promise<R>;
  #kept: Session | undefined;
  #busy: Session | undefined;
  #interrupted = false;

  constructor(open: () => Promise<Session>, work: (session: Session) => Promise<R>, first?: Session) {
    this.#open = open;
    this.#work = work;
    this.#kept = first;
  }

  /**
   * Does the work. A kept connection may have died since: then nothing was changed, and the work is done once more on a
   * new one. After any failure the connection is given up, so that nothing of it reaches the next work.
   */
  async run(): Promise<R> {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) {
      try {
        return await this.#on(kept);
      } catch (error) {
        const lost = error instanceof ProvisionError && error.code === "FP404";
        if (!lost || this.#interrupted) throw error;
      }
    }
    return await this.#on(await this.#open());
  }

  async #on(session: Session): Promise<R> {
    this.#busy = session;
    if (this.#interrupted) session.interrupt();
    try {
      const result = await this.#work(session);
      this.#kept = session;
      return result;
    } catch (error) {
      await session.close();
      throw error;
    } finally {
      this.#busy = undefined;
    }
  }

  /** Cancels what runs, which is rolled back; later work fails. */
  interrupt(): void {
    this.#interrupted = true;
    this.#busy?.interrupt();
  }

  /** Ends the kept connection. */
  async close(): Promise<void> {
    await this.#kept?.close();
    this.#kept = undefined;
  }
}
