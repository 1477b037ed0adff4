/** An HTTP/1.1 server on sockets: bytes of bodies are passed on as they are, which no server of the platform does (`docs/decisions`). */
import { bodyScanner, type Framing, requestFraming } from "./framing.ts";
import { type Field, headText, parseRequestHead, type RequestHead, wordsOf } from "./head.ts";
import { Patience, type ServerTimes } from "./patience.ts";
import { type Connection, Wire } from "./wire.ts";

/** One request and the connection that it came on. */
export interface Exchange {
  readonly head: RequestHead;
  /** How the body ends, which is still to be read from `client`. */
  readonly framing: Framing;
  readonly client: Wire;
  /** The client's IP address. */
  readonly remote: string;
  /** True when the connection may be used again after this exchange. */
  readonly keepAlive: boolean;
  readonly times: ServerTimes;
}

/** An answer that is made here. */
export interface Reply {
  readonly status: number;
  readonly fields: readonly Field[];
  readonly body: string;
}

/** Answers a request by writing to its client; gives whether the connection may be used again. */
export type Handler = (exchange: Exchange) => Promise<boolean>;

/** What a server listens on. */
export interface Listener {
  accept(): Promise<Connection & { readonly remoteAddr: unknown; setNoDelay?: (on: boolean) => void }>;
  close(): void;
}

/** A server that runs. */
export interface Server {
  /** Accepts nothing more from the first call on, ends idle connections; resolves when every exchange is over, or by force a second after `grace` ms. */
  stop(grace: number): Promise<void>;
}

/** Times of servers outside of tests. */
const TIMES: ServerTimes = { idle: 75_000, silence: 30_000 };
/** How many connections there may be; one more is turned away at once. */
export const MOST_CONNECTIONS = 400;
const MOST_IGNORED = 65_536;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  508: "Loop Detected",
};

/** Serves what comes in on the listener until it is stopped. */
export function serveHttp(listener: Listener, handler: Handler, times: ServerTimes = TIMES): Server {
  const connections = new Map<Wire, { idle: boolean; readonly over: Promise<void> }>();
  let stopping = false;
  const accepting = (async () => {
    for (;;) {
      let connection;
      try {
        connection = await listener.accept();
      } catch {
        if (stopping) return;
        // Too many open files, or a client that went away between: neither ends the server.
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      const wire = new Wire(connection);
      // Events of a stream are small, and each is to arrive at once.
      connection.setNoDelay?.(true);
      if (connections.size >= MOST_CONNECTIONS) {
        void turnAway(wire, times);
        continue;
      }
      const state = { idle: true };
      const client = { wire, remote: hostOf(connection.remoteAddr), times };
      const over = serveConnection(client, state, () => stopping, handler).catch(() => {})
        .finally(() => {
          wire.close();
          connections.delete(wire);
        });
      connections.set(wire, Object.assign(state, { over }));
    }
  })();
  const stop = async (grace: number): Promise<void> => {
    stopping = true;
    listener.close();
    await accepting;
    for (const [wire, { idle }] of connections) if (idle) wire.close();
    const timers: ReturnType<typeof setTimeout>[] = [];
    const after = (wait: number): Promise<void> =>
      new Promise((resolve) => timers.push(setTimeout(resolve, wait)));
    const force = async (): Promise<void> => {
      await after(grace);
      for (const wire of connections.keys()) wire.close();
      // Whoever works on although nobody listens is not waited for.
      await after(1000);
    };
    await Promise.race([Promise.all([...connections.values()].map(({ over }) => over)), force()]);
    for (const timer of timers) clearTimeout(timer);
  };
  let stopped: Promise<void> | undefined;
  return { stop: (grace) => stopped ??= stop(grace) };
}

/** Answers without having read a byte; nobody waits for it. */
async function turnAway(wire: Wire, times: ServerTimes): Promise<void> {
  await writeReply(wire, { status: 503, fields: [], body: "" }, times, { keepAlive: false, headOnly: false });
  wire.close();
}

function hostOf(address: unknown): string {
  return String(Object(address).hostname ?? "unknown");
}

/** Requests of one connection, one after the other. */
async function serveConnection(
  { wire: client, remote, times }: {
    readonly wire: Wire;
    readonly remote: string;
    readonly times: ServerTimes;
  },
  state: { idle: boolean },
  stopping: () => boolean,
  handler: Handler,
): Promise<void> {
  for (;;) {
    state.idle = true;
    const timer = setTimeout(() => client.close(), times.idle);
    const text = await client.readHead().finally(() => clearTimeout(timer));
    state.idle = false;
    if (text === undefined) return;
    const head = typeof text === "string"
      ? parseRequestHead(text)
      : { kind: "malformed", status: text.tooLong ? 431 : 400 } as const;
    const framing = "kind" in head ? undefined : requestFraming(head);
    if ("kind" in head || framing === undefined) {
      const reply = { status: "kind" in head ? head.status : 400, fields: [], body: "" };
      await writeReply(client, reply, times, { keepAlive: false, headOnly: false });
      return await client.finish();
    }
    const keepAlive = head.version === "1.1" && !wordsOf(head.fields, "connection").includes("close");
    const again = await handler({ head, framing, client, remote, keepAlive, times });
    if (!again || stopping()) return await client.finish();
  }
}

/** Reads away the body of a request that nobody wants, as far as that is quicker than a new connection. */
export async function drainBody({ head, framing, client, times }: Exchange): Promise<boolean> {
  if (framing.kind === "none") return true;
  // Whoever waits for permission has not sent the body and need not.
  if (wordsOf(head.fields, "expect").length > 0) return false;
  if (framing.kind === "length" && framing.length > MOST_IGNORED) return false;
  const scanner = bodyScanner(framing);
  const patience = new Patience(times.silence, false);
  for (let read = 0; read <= MOST_IGNORED;) {
    const taken = scanner.take(client.ahead);
    if (taken === undefined) return false;
    client.consume(taken);
    read += taken;
    if (scanner.done) return true;
    if (!await patience.fill(client, read)) return false;
  }
  return false;
}

/** Writes an answer to a request whose body was read away (`whole`) or was not. */
export async function answer(exchange: Exchange, reply: Reply, whole: boolean): Promise<boolean> {
  const keepAlive = exchange.keepAlive && whole;
  const { client, head, times } = exchange;
  const written = await writeReply(client, reply, times, { keepAlive, headOnly: head.method === "HEAD" });
  return written && keepAlive;
}

async function writeReply(
  client: Wire,
  reply: Reply,
  { silence }: ServerTimes,
  { keepAlive, headOnly }: { readonly keepAlive: boolean; readonly headOnly: boolean },
): Promise<boolean> {
  const body = new TextEncoder().encode(reply.body);
  const fields = [
    ...reply.fields,
    ...(reply.status === 204 ? [] : [{ name: "Content-Length", value: String(body.length) }]),
    { name: "Date", value: new Date().toUTCString() },
    { name: "Connection", value: keepAlive ? "keep-alive" : "close" },
  ];
  const head = headText(`HTTP/1.1 ${reply.status} ${REASONS[reply.status] ?? ""}`, fields);
  return await client.writeText(head, silence) && (headOnly || await client.write(body, silence));
}
