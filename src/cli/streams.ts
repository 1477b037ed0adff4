/**
 * Standard output and standard error: one queue, so that lines keep their order, which waits for a slow reader and never
 * throws. The only file that touches the two streams (`lint/layers.ts` sees to that).
 */

/** Which of the two. */
export type StreamName = "out" | "err";

/** Why a stream did not take everything: its reader went away, or the disk is full or the like. */
export type StreamFailure = "closed" | "failed";

/** What was not delivered so far. */
export type StreamFailures = { readonly [K in StreamName]: StreamFailure | undefined };

/** A stream as Deno has it. */
export interface RawStream {
  write(bytes: Uint8Array): Promise<number>;
}

/** The two streams. */
export interface Streams {
  /** Queues a text; what cannot be written is remembered, not thrown. */
  write(stream: StreamName, text: string): void;
  /** Waits until everything was written or has failed; with a limited backlog for a second at most. */
  settle(): Promise<StreamFailures>;
  /** From now on texts beyond so many bytes that wait for a reader are dropped: for servers, whose log nobody may read. */
  limitBacklog(bytes: number): void;
}

/** Milliseconds between attempts to write to a stream that is full and does not block. */
const PAUSE = 10;

/** Milliseconds that a server, whose backlog is limited, waits for its reader at its end. */
const LAST_WAIT = 1000;

/** How many characters are joined into one write. */
const CHUNK = 1 << 20;

/** Makes the queue over two raw streams. */
export function streamsOver(raw: { readonly [K in StreamName]: RawStream }): Streams {
  const encoder = new TextEncoder();
  const failures: { [K in StreamName]: StreamFailure | undefined } = { out: undefined, err: undefined };
  let queue: { readonly stream: StreamName; readonly text: string }[] = [];
  let waiting = 0;
  let limit = Infinity;
  let running: Promise<void> | undefined;

  const deliver = async (stream: StreamName, text: string): Promise<void> => {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) {
      if (failures[stream] === "closed") return;
      try {
        at += await raw[stream].write(bytes.subarray(at));
      } catch (error) {
        if (isFull(error)) await new Promise((resolve) => setTimeout(resolve, PAUSE));
        else {
          failures[stream] = error instanceof Deno.errors.BrokenPipe ? "closed" : "failed";
          return;
        }
      }
    }
  };
  const pump = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      for (let at = 0; at < batch.length;) {
        const { stream } = batch[at] ?? { stream: "out" };
        let text = "";
        while (at < batch.length && batch[at]?.stream === stream && text.length < CHUNK) {
          text += batch[at++]?.text ?? "";
        }
        await deliver(stream, text);
        waiting -= text.length;
      }
    }
    running = undefined;
  };
  return {
    write(stream, text) {
      if (text === "" || failures[stream] === "closed" || waiting + text.length > limit) return;
      waiting += text.length;
      queue.push({ stream, text });
      running ??= pump();
    },
    async settle() {
      const { promise: enough, resolve } = Promise.withResolvers<void>();
      const timer = limit < Infinity ? setTimeout(resolve, LAST_WAIT) : undefined;
      while (
        running !== undefined && await Promise.race([running, enough.then(() => "enough")]) !== "enough"
      );
      clearTimeout(timer);
      return { ...failures };
    },
    limitBacklog(bytes) {
      limit = bytes;
    },
  };
}

/** True when a stream that does not block has no room at the moment. */
function isFull(error: unknown): boolean {
  return error instanceof Deno.errors.WouldBlock ||
    (error instanceof Error && "code" in error && error.code === "EAGAIN");
}

/** The streams of the process. */
export function processStreams(): Streams {
  return streamsOver({ out: Deno.stdout, err: Deno.stderr });
}

/** Which of the streams are terminals. */
export function terminals(): { readonly [K in StreamName]: boolean } {
  return { out: Deno.stdout.isTerminal(), err: Deno.stderr.isTerminal() };
}
