/** Where the body of an HTTP/1.x message ends (RFC 9112, 6 and 7). */
import { type RequestHead, type ResponseHead, valuesOf, wordsOf } from "./head.ts";

/** How a body's end is known. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until close" };

/** The framing of a request; undefined when the head contradicts itself, which is how requests are smuggled. */
export function requestFraming({ fields, version }: RequestHead): Framing | undefined {
  const lengths = valuesOf(fields, "content-length");
  if (valuesOf(fields, "transfer-encoding").length > 0) {
    const words = wordsOf(fields, "transfer-encoding");
    return words.length === 1 && words[0] === "chunked" && lengths.length === 0 && version === "1.1"
      ? { kind: "chunked" }
      : undefined;
  }
  return lengths.length === 0 ? { kind: "none" } : lengthOf(lengths);
}

/** The framing of the answer to a request of that method; undefined when the head contradicts itself. */
export function responseFraming({ status, fields }: ResponseHead, method: string): Framing | undefined {
  const lengths = valuesOf(fields, "content-length");
  const words = wordsOf(fields, "transfer-encoding");
  const length = lengths.length === 0 ? undefined : lengthOf(lengths);
  if ((lengths.length > 0 && length === undefined) || (words.length > 0 && lengths.length > 0)) {
    return undefined;
  }
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return { kind: "none" };
  if (words.length > 0) return words.length === 1 && words[0] === "chunked" ? { kind: "chunked" } : undefined;
  return length ?? { kind: "until close" };
}

function lengthOf(values: readonly string[]): Framing | undefined {
  const [first = "", ...more] = values;
  const length = /^\d{1,15}$/.test(first) && more.every((value) => value === first)
    ? Number(first)
    : undefined;
  return length === undefined ? undefined : { kind: "length", length };
}

/** Follows the bytes of a body and tells how many of them belong to it. */
export interface BodyScanner {
  /** How many of these bytes belong to the body; `undefined` when they break its form. */
  take(bytes: Uint8Array): number | undefined;
  /** True when the body is complete. */
  readonly done: boolean;
}

/** A scanner for a framing; one that ends with the connection is never done. */
export function bodyScanner(framing: Framing): BodyScanner {
  if (framing.kind === "chunked") return new ChunkedScanner();
  let left = framing.kind === "length" ? framing.length : framing.kind === "none" ? 0 : Infinity;
  return {
    take(bytes) {
      const taken = Math.min(left, bytes.length);
      left -= taken;
      return taken;
    },
    get done() {
      return left === 0;
    },
  };
}

const CR = 13;
const LF = 10;
/** Most bytes of chunk sizes' extensions and of trailers: more is an attack. */
const LIMIT = 65_536;

/** Where in a chunked body the next byte stands. */
type ChunkState =
  | "size"
  | "extension"
  | "size end"
  | "data"
  | "data end"
  | "data end LF"
  | "line"
  | "trailer"
  | "trailer LF"
  | "last LF"
  | "done";

/** Finds the end of a chunked body whose bytes are passed on as they are, extensions and trailers included. */
class ChunkedScanner implements BodyScanner {
  #state: ChunkState = "size";
  #digits = 0;
  #left = 0;
  #extra = 0;

  get done(): boolean {
    return this.#state === "done";
  }

  take(bytes: Uint8Array): number | undefined {
    let at = 0;
    while (at < bytes.length && this.#state !== "done") {
      if (this.#state === "data") {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#state = "data end";
      } else if (!this.#step(bytes[at++] ?? 0)) return undefined;
    }
    return at;
  }

  /** Takes one byte outside of data; false when it has no place there. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case "size": {
        const digit = parseInt(String.fromCharCode(byte), 16);
        if (!Number.isNaN(digit)) {
          this.#left = this.#left * 16 + digit;
          this.#digits += 1;
          return this.#digits <= 12;
        }
        if (this.#digits === 0) return false;
        if (byte === CR) return this.#to("size end");
        return byte === 59 /* ; */ && this.#to("extension");
      }
      case "extension":
        if (byte === CR) return this.#to("size end");
        return byte !== LF && ++this.#extra <= LIMIT;
      case "size end":
        this.#digits = 0;
        return byte === LF && this.#to(this.#left === 0 ? "line" : "data");
      case "data end":
        return byte === CR && this.#to("data end LF");
      case "data end LF":
        return byte === LF && this.#to("size");
      case "line":
        if (byte === CR) return this.#to("last LF");
        return byte !== LF && ++this.#extra <= LIMIT && this.#to("trailer");
      case "trailer":
        if (byte === CR) return this.#to("trailer LF");
        return byte !== LF && ++this.#extra <= LIMIT;
      case "trailer LF":
        return byte === LF && this.#to("line");
      case "last LF":
        return byte === LF && this.#to("done");
      case "data":
      case "done":
        return false;
    }
  }

  #to(state: ChunkState): true {
    this.#state = state;
    return true;
  }
}
