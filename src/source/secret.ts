/** A text that must never be shown: passwords, keys, hashes. */

/** What is in the place of a secret, here and in snippets. */
export const MASK = "••••";

/**
 * Holds a secret text and gives it away only through `reveal()`. Every way of making a text of the object (`String()`,
 * template literals, `JSON.stringify`, `console.log`, `inspect` of Node and Deno) gives `••••`.
 */
export class Secret {
  readonly #text: string;

  /** Wraps a text. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Call it only where the text leaves the program (a bind parameter, a hash, the outputs file). */
  reveal(): string {
    return this.#text;
  }

  /** True when both hold the same text; the time taken tells the lengths only. */
  equals(other: Secret): boolean {
    const a = this.#text;
    const b = other.#text;
    let difference = a.length ^ b.length;
    for (let i = 0; i < a.length; i++) {
      difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(b.length, 1));
    }
    return difference === 0;
  }

  /** Always the mask. */
  toString(): string {
    return MASK;
  }

  /** Always the mask. */
  toJSON(): string {
    return MASK;
  }

  /** Always the mask, also for `+`, comparison and template literals. */
  [Symbol.toPrimitive](): string {
    return MASK;
  }

  /** What `node:util` `inspect()` and Node's `console.log` show. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }

  /** What `Deno.inspect()` and Deno's `console.log` show. */
  [Symbol.for("Deno.customInspect")](): string {
    return MASK;
  }
}
