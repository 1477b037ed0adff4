/** A reverse proxy: heads are rewritten, bodies pass byte by byte, redirects and errors belong to the client. */
import { type BodyScanner, bodyScanner, responseFraming } from "./http/framing.ts";
import { isLooping, requestFields, responseFields } from "./http/forward.ts";
import { headText, parseResponseHead, type ResponseHead, wordsOf } from "./http/head.ts";
import { answer, drainBody, type Exchange, type Reply } from "./http/server.ts";
import { Patience } from "./http/patience.ts";
import { type Connection, Wire } from "./http/wire.ts";

/** Where requests go, and what is said when they cannot. */
export interface Upstream {
  /** Opens a connection; rejects when that fails or takes too long. */
  readonly connect: () => Promise<Connection>;
  readonly answers: UpstreamAnswers;
  /** How long the head of an answer may take, milliseconds. */
  readonly timeout: number;
  /** Told the status of each request's answer; undefined when the client left before there was one. */
  readonly answered: (status: number | undefined) => void;
}

/** What a client is told when the upstream has no answer for it. */
export interface UpstreamAnswers {
  /** There is no connection, or one that ends before it answers. */
  readonly unreachable: Reply;
  /** It does not answer in time. */
  readonly late: Reply;
  /** What it answers is not HTTP. */
  readonly malformed: Reply;
  /** The body of the request is not what its head says. */
  readonly malformedBody: Reply;
  /** It leads back here. */
  readonly loop: Reply;
  /** Another protocol is asked for. */
  readonly upgrade: Reply;
}

/** Sends a request on and its answer back; gives whether the client's connection may be used again. */
export async function proxy(exchange: Exchange, upstream: Upstream): Promise<boolean> {
  const refuse = async (reply: Reply): Promise<boolean> => {
    upstream.answered(reply.status);
    return await answer(exchange, reply, await drainBody(exchange));
  };
  if (isLooping(exchange.head)) return await refuse(upstream.answers.loop);
  // WebSockets are refused: a connection that has changed its protocol cannot be counted or ended with a request.
  if (wordsOf(exchange.head.fields, "upgrade").includes("websocket")) {
    return await refuse(upstream.answers.upgrade);
  }
  let server: Wire;
  try {
    server = new Wire(await upstream.connect());
  } catch {
    return await refuse(upstream.answers.unreachable);
  }
  try {
    return await exchangeWith(server, exchange, upstream);
  } finally {
    server.close();
  }
}

async function exchangeWith(server: Wire, exchange: Exchange, upstream: Upstream): Promise<boolean> {
  const { head, client, remote } = exchange;
  await server.writeText(
    headText(`${head.method} ${head.target} HTTP/${head.version}`, requestFields(head, remote)),
  );
  const sending: Sending = { done: false, clientGone: false, malformed: false, over: false };
  void send(exchange, server, sending);
  const waiting = { late: false };
  const timer = setTimeout(() => {
    waiting.late = true;
    server.close();
  }, upstream.timeout);
  try {
    const response = await readResponse(server, exchange).finally(() => clearTimeout(timer));
    const body = typeof response === "string" ? undefined : responseFraming(response, head.method);
    if (sending.clientGone) {
      upstream.answered(undefined);
      return false;
    }
    if (typeof response === "string" || body === undefined) {
      const { answers } = upstream;
      const reply = sending.malformed
        ? answers.malformedBody
        : waiting.late
        ? answers.late
        : response === "ended"
        ? answers.unreachable
        : answers.malformed;
      upstream.answered(reply.status);
      return await answer(exchange, reply, sending.done);
    }
    upstream.answered(response.status);
    const keepAlive = exchange.keepAlive && body.kind !== "until close";
    const line = `HTTP/1.1 ${response.status} ${response.reason}`;
    const { silence } = exchange.times;
    if (!await client.writeText(headText(line, responseFields(response, keepAlive)), silence)) return false;
    // Events of a stream may be far between, but whoever reads them takes each at once.
    const complete = await pass(server, client, bodyScanner(body), { writing: silence });
    // A body that was cut off must look cut off: no lingering, no tidy end.
    if (complete !== "done" && body.kind !== "until close") client.close();
    return keepAlive && complete === "done" && sending.done;
  } finally {
    sending.over = true;
  }
}

/** How far the body of a request has come. */
interface Sending {
  done: boolean;
  clientGone: boolean;
  malformed: boolean;
  over: boolean;
}

/**
 * Sends the request's body. Afterwards it watches the client: when that one leaves, the upstream connection is closed, so
 * that nobody works for an answer that nobody reads.
 */
async function send(
  { client, framing, times }: Exchange,
  server: Wire,
  state: Sending,
): Promise<void> {
  const end = await pass(client, server, bodyScanner(framing), {
    reading: new Patience(times.silence, true),
  });
  if (end === "malformed") {
    state.malformed = true;
    return server.close();
  }
  // An upstream that does not want the rest may have answered all the same.
  if (end === "target gone") return;
  state.done = end === "done";
  // A client that sends its next request early is there; what it sent waits in the look-ahead.
  const stays = state.done && (client.ahead.length > 0 || await client.fill());
  if (stays || state.over) return;
  state.clientGone = true;
  server.close();
}

/**
 * Copies a body, each piece as soon as it is there and the next one only when it could be written. A source that is too slow
 * for `reading` is closed, and so is a target that takes nothing for `writing` ms.
 */
async function pass(
  from: Wire,
  to: Wire,
  scanner: BodyScanner,
  { reading, writing }: { readonly reading?: Patience; readonly writing?: number },
): Promise<"done" | "source gone" | "target gone" | "malformed"> {
  for (let read = 0; !scanner.done;) {
    if (from.ahead.length === 0 && !await (reading?.fill(from, read) ?? from.fill())) return "source gone";
    const taken = scanner.take(from.ahead);
    if (taken === undefined) return "malformed";
    if (!await to.write(from.ahead.subarray(0, taken), writing)) return "target gone";
    from.consume(taken);
    read += taken;
  }
  return "done";
}

/** The final answer; those before it (`100 Continue`, `103 Early Hints`) pass at once. */
async function readResponse(
  server: Wire,
  { client, head }: Exchange,
): Promise<ResponseHead | "ended" | "malformed"> {
  for (;;) {
    const text = await server.readHead();
    if (text === undefined) return server.ahead.length === 0 ? "ended" : "malformed";
    if (typeof text !== "string") return "malformed";
    const response = parseResponseHead(text);
    // Nobody has asked for another protocol.
    if ("kind" in response || response.status === 101) return "malformed";
    if (response.status >= 200) return response;
    if (head.version === "1.0") continue;
    await client.writeText(headText(`HTTP/1.1 ${response.status} ${response.reason}`, response.fields));
  }
}
