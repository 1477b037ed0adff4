/** How slow the other side of a connection may be: who drips bytes holds a connection as well as who sends none. */
import type { Wire } from "./wire.ts";

/** Times of a server, milliseconds. */
export interface ServerTimes {
  /** How long a connection may be without a whole head of a request. */
  readonly idle: number;
  /** How long a body may not move, in either direction; one that nobody wants has no more than this in all. */
  readonly silence: number;
}

/** Bytes a second that a body must have, after a first `silence`. */
const SLOWEST = 500;

/** Waits for the bytes of one body. Only the time counts in which the other side is waited for. */
export class Patience {
  readonly #silence: number;
  readonly #slowest: number;
  #waited = 0;

  /** `wanted` bodies may go on as long as they move; others have one `silence` for all. */
  constructor(silence: number, wanted: boolean) {
    this.#silence = silence;
    this.#slowest = wanted ? SLOWEST : Infinity;
  }

  /** Reads more behind `ahead` after so many bytes of the body; false when the other side has ended or is too slow, which closes it. */
  async fill(wire: Wire, read: number): Promise<boolean> {
    const allowed = this.#silence + 1000 * read / this.#slowest;
    const start = performance.now();
    try {
      return await wire.fill(Math.max(0, Math.min(this.#silence, allowed - this.#waited)));
    } finally {
      this.#waited += performance.now() - start;
    }
  }
}
