/** One TCP or TLS connection with a look-ahead: bytes stay until they are consumed. */

/** What a connection must be able to do. */
export interface Connection {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

const CR = 13;
const LF = 10;
/** Bytes of the buffer that waits for a first word, and of the one for those who have much to send. */
const SMALL_PIECE = 4096;
const PIECE = 65_536;
const MOST_HEAD = 65_536;
/** How long, in milliseconds, and how much a client may go on sending after an answer that closes its connection. */
const LINGER = 1000;
const LINGER_BYTES = 1_048_576;

/** A head that is not one. */
export interface RefusedHead {
  readonly tooLong: boolean;
}

/** Reads and writes; whatever goes wrong with the other side means that it is gone. */
export class Wire {
  readonly #connection: Connection;
  #ahead: Uint8Array = new Uint8Array(0);
  #piece = new Uint8Array(SMALL_PIECE);
  #filling: Promise<boolean> | undefined;
  #closed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Bytes that were read and not consumed. */
  get ahead(): Uint8Array {
    return this.#ahead;
  }

  /** Drops the first bytes of `ahead`. */
  consume(count: number): void {
    this.#ahead = this.#ahead.subarray(count);
  }

  /**
   * Reads more bytes behind `ahead`; false when the other side has ended. Calls at the same time share one read. After
   * `silence` ms without a byte the connection is closed.
   */
  async fill(silence?: number): Promise<boolean> {
    this.#filling ??= this.#read().finally(() => {
      this.#filling = undefined;
    });
    if (silence === undefined) return await this.#filling;
    const timer = setTimeout(() => this.close(), silence);
    return await this.#filling.finally(() => clearTimeout(timer));
  }

  async #read(): Promise<boolean> {
    // What was looked at and not consumed lies in the piece.
    const buffer = this.#ahead.length === 0 ? this.#piece : new Uint8Array(this.#piece.length);
    try {
      const count = this.#closed ? null : await this.#connection.read(buffer);
      if (count === null) return false;
      const fresh = buffer.subarray(0, count);
      if (count === SMALL_PIECE) this.#piece = new Uint8Array(PIECE);
      if (this.#ahead.length === 0) this.#ahead = fresh;
      else {
        const both = new Uint8Array(this.#ahead.length + fresh.length);
        both.set(this.#ahead);
        both.set(fresh, this.#ahead.length);
        this.#ahead = both;
      }
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Consumes a message's head and gives it without its empty line; undefined when the other side ended before it. One that is
   * too long, or that has a line which ends in anything but CR LF, is refused as soon as that is there: the end that it seems to
   * have may never come.
   */
  async readHead(): Promise<string | RefusedHead | undefined> {
    for (let from = 0;;) {
      // Empty lines before a message are to be ignored (RFC 9112, 2.2).
      while (from === 0 && this.#ahead[0] === CR && this.#ahead[1] === LF) this.consume(2);
      const end = endOfHead(this.#ahead, from);
      if (end === "broken") return { tooLong: false };
      if (end !== undefined) {
        const head = latin1(this.#ahead.subarray(0, end));
        this.consume(end + 4);
        return head;
      }
      // An empty line before the message may have come by half.
      from = this.#ahead.length === 1 ? 0 : this.#ahead.length;
      if (from > MOST_HEAD) return { tooLong: true };
      if (!await this.fill()) return undefined;
    }
  }

  /** Writes all bytes; false when the other side is gone. When it takes nothing for `silence` ms the connection is closed. */
  async write(bytes: Uint8Array, silence?: number): Promise<boolean> {
    try {
      for (let at = 0; at < bytes.length;) {
        const timer = silence === undefined ? undefined : setTimeout(() => this.close(), silence);
        at += await this.#connection.write(bytes.subarray(at)).finally(() => clearTimeout(timer));
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Writes a head: characters 0 to 255 as octets. */
  writeText(text: string, silence?: number): Promise<boolean> {
    return this.write(Uint8Array.from(text, (character) => character.charCodeAt(0)), silence);
  }

  /** Closes after the other side has had time to read: closing at once would throw away what is on its way. */
  async finish(): Promise<void> {
    if (this.#closed) return;
    const timer = setTimeout(() => this.close(), LINGER);
    await this.#connection.closeWrite().catch(() => {});
    for (let left = LINGER_BYTES; left > 0 && !this.#closed && await this.fill();) {
      left -= this.#ahead.length;
      this.consume(this.#ahead.length);
    }
    clearTimeout(timer);
    this.close();
  }

  /** Closes at once; safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }
}

/** Where the empty line begins, if the bytes from `from` on bring it; `broken` after a line that does not end in CR LF. */
function endOfHead(bytes: Uint8Array, from: number): number | "broken" | undefined {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === LF) {
      if (bytes[at - 1] !== CR) return "broken";
      if (bytes[at - 2] === LF) return at - 3;
    } else if (bytes[at - 1] === CR) return "broken";
  }
  return undefined;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
