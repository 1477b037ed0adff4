/** One at a time, and those who wait share the next turn. */

/**
 * Runs `work` for requests. A request that comes while work runs waits for the work that begins after that; all that wait
 * share it. So everyone gets work that began after the request came, and a crowd costs two turns.
 */
export class SharedQueue<R> {
  readonly #work: () => Promise<R>;
  #running = false;
  #next: PromiseWithResolvers<R> | undefined;
  #waiting = 0;

  constructor(work: () => Promise<R>) {
    this.#work = work;
  }

  /** How many requests wait for work that has not begun. */
  get length(): number {
    return this.#waiting;
  }

  /** Asks for work; settles as the work that began afterwards. */
  request(): Promise<R> {
    if (!this.#running) return this.#begin();
    this.#waiting += 1;
    this.#next ??= Promise.withResolvers<R>();
    return this.#next.promise;
  }

  async #begin(): Promise<R> {
    this.#running = true;
    try {
      return await this.#work();
    } finally {
      this.#running = false;
      // In the same step, so that nobody who asks now gets in between.
      const next = this.#next;
      this.#next = undefined;
      this.#waiting = 0;
      next?.resolve(this.#begin());
    }
  }
}
