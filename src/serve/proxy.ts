/** A reverse proxy: heads are rewritten, bodies pass byte by byte, redirects and errors belong to the client. */
import { type BodyScanner, bodyScanner, type Framing, responseFraming } from "./http/framing.ts";
import { requestFields, responseFields } from "./http/forward.ts";
import { headText, parseResponseHead, type ResponseHead } from "./http/head.ts";
import { answer, type Exchange, ignoreBody, type Reply } from "./http/server.ts";
import { type Connection, Wire } from "./http/wire.ts";

/** Where requests go, and what is said when they cannot. */
export interface Upstream {
  /** Opens a connection; rejects when that fails or takes too long. */
  readonly connect: () => Promise<Connection>;
  /** The answer when there is no connection, or one that ends before it answers. */
  readonly unreachable: Reply;
  /** Told the status of each request's answer; undefined when the client left before there was one. */
  readonly answered: (status: number | undefined) => void;
}

/** Sends a request on and its answer back; gives whether the client's connection may be used again. */
export async function proxy(exchange: Exchange, upstream: Upstream): Promise<boolean> {
  let server: Wire;
  try {
    server = new Wire(await upstream.connect());
  } catch {
    upstream.answered(upstream.unreachable.status);
    return await answer(exchange, upstream.unreachable, await ignoreBody(exchange));
  }
  try {
    return await exchangeWith(server, exchange, upstream);
  } finally {
    server.close();
  }
}

async function exchangeWith(server: Wire, exchange: Exchange, upstream: Upstream): Promise<boolean> {
  const { head, framing, client, remote } = exchange;
  await server.writeText(
    headText(`${head.method} ${head.target} HTTP/${head.version}`, requestFields(head, remote)),
  );
  const sending = { done: false, clientGone: false, over: false };
  void send(client, server, framing, sending);
  try {
    const response = await readResponse(server, exchange);
    const body = response === undefined ? undefined : responseFraming(response, head.method);
    if (sending.clientGone) {
      upstream.answered(undefined);
      return false;
    }
    if (response === undefined || body === undefined) {
      upstream.answered(upstream.unreachable.status);
      return await answer(exchange, upstream.unreachable, sending.done);
    }
    upstream.answered(response.status);
    const keepAlive = exchange.keepAlive && body.kind !== "until close";
    const line = `HTTP/1.1 ${response.status} ${response.reason}`;
    if (!await client.writeText(headText(line, responseFields(response, keepAlive)))) return false;
    const complete = await pass(server, client, bodyScanner(body));
    // A body that was cut off must look cut off: no lingering, no tidy end.
    if (complete !== "done" && body.kind !== "until close") client.close();
    return keepAlive && complete === "done" && sending.done;
  } finally {
    sending.over = true;
  }
}

/**
 * Sends the request's body. Afterwards it watches the client: when that one leaves, the upstream connection is closed, so
 * that nobody works for an answer that nobody reads.
 */
async function send(
  client: Wire,
  server: Wire,
  framing: Framing,
  state: { done: boolean; clientGone: boolean; readonly over: boolean },
): Promise<void> {
  const end = await pass(client, server, bodyScanner(framing));
  // An upstream that does not want the rest may have answered all the same.
  if (end === "target gone") return;
  state.done = end === "done";
  // A client that sends its next request early is there; what it sent waits in the look-ahead.
  const stays = state.done && (client.ahead.length > 0 || await client.fill());
  if (stays || state.over) return;
  state.clientGone = true;
  server.close();
}

/** Copies a body, each piece as soon as it is there and the next one only when it could be written. */
async function pass(
  from: Wire,
  to: Wire,
  scanner: BodyScanner,
): Promise<"done" | "source gone" | "target gone"> {
  while (!scanner.done) {
    if (from.ahead.length === 0 && !await from.fill()) return "source gone";
    const taken = scanner.take(from.ahead);
    if (taken === undefined) return "source gone";
    if (!await to.write(from.ahead.subarray(0, taken))) return "target gone";
    from.consume(taken);
  }
  return "done";
}

/** The final answer; those before it (`100 Continue`, `103 Early Hints`) pass at once. */
async function readResponse(server: Wire, { client, head }: Exchange): Promise<ResponseHead | undefined> {
  for (;;) {
    const text = await server.readHead();
    if (text === undefined || text === "too long") return undefined;
    const response = parseResponseHead(text);
    // Nobody has asked for another protocol.
    if ("kind" in response || response.status === 101) return undefined;
    if (response.status >= 200) return response;
    if (head.version === "1.0") continue;
    await client.writeText(headText(`HTTP/1.1 ${response.status} ${response.reason}`, response.fields));
  }
}
