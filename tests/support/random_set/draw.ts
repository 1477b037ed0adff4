/** Chance with a seed: the same seed gives the same choices. */

/** A source of choices. */
export class Draw {
  #state: number;

  /** Starts the sequence of a seed, any integer. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor(this.#next() * bound);
  }

  /** A whole number, both ends included. */
  from(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with the probability `p`. */
  chance(p: number): boolean {
    return this.#next() < p;
  }

  /** `make()` with the probability `p`, else undefined: a field that may be left out. */
  maybe<T>(p: number, make: () => T): T | undefined {
    return this.chance(p) ? make() : undefined;
  }

  /** One of the items. Throws when there is none. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("Nothing to choose from");
    return items[this.below(items.length)] as T;
  }

  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items];
    return items.flatMap(() => rest.splice(this.below(rest.length), 1));
  }

  /** From `low` to `high` different items, as far as there are so many, in any order. */
  some<T>(items: readonly T[], low: number, high: number): T[] {
    return this.shuffled(items).slice(
      0,
      this.from(Math.min(low, items.length), Math.min(high, items.length)),
    );
  }

  /** A list of `low` to `high` new items. */
  many<T>(low: number, high: number, make: (at: number) => T): T[] {
    return Array.from({ length: this.from(low, high) }, (_, at) => make(at));
  }

  /** A source of its own, so that what follows does not depend on how much it draws. */
  fork(): Draw {
    return new Draw(this.below(2 ** 32));
  }

  /** The generator "mulberry32". */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
