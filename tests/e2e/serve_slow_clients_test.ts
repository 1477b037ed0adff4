/** Clients that hold a connection by sending next to nothing, and messages of which no more need come. Times are short here. */
import assert from "node:assert/strict";
import { answer, drainBody, type Handler, serveHttp } from "../../src/serve/http/server.ts";
import { proxy, type Upstream } from "../../src/serve/proxy.ts";
import { octets, readAll, writeAll } from "../support/serving.ts";

const TIMES = { idle: 20_000, silence: 400 };
/** Milliseconds within which what takes one `silence` is over, on a busy machine. */
const SOON = 5_000;

type Listening = Deno.TcpListener;

function listening(): Listening {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

async function withServer(handler: Handler, test: (port: number) => Promise<void>): Promise<void> {
  const listener = listening();
  const server = serveHttp(listener, handler, TIMES);
  try {
    await test(listener.addr.port);
  } finally {
    await server.stop(0);
  }
}

const reads: Handler = async (exchange) => {
  const whole = await drainBody(exchange);
  return await answer(exchange, { status: 200, fields: [], body: String(whole) }, whole);
};

/** Sends the first text, then a byte of the other one each 50 ms; gives what came back and how long it took. */
async function drip(
  port: number,
  first: string,
  byte: string,
): Promise<{ readonly text: string; readonly took: number }> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const start = performance.now();
  let over = false;
  const dripping = (async () => {
    await writeAll(connection, octets(first));
    while (!over && performance.now() - start < 2 * SOON) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (!over) await writeAll(connection, octets(byte));
    }
  })().catch(() => {});
  try {
    const text = await readAll(connection).catch(() => "");
    return { text, took: performance.now() - start };
  } finally {
    over = true;
    await dripping;
    connection.close();
  }
}

const POST = "POST / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

Deno.test("a head with a line that does not end in CR LF is refused as soon as the line is there", async () => {
  await withServer(reads, async (port) => {
    for (
      const head of [
        "GET / HTTP/1.1\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\n",
        "GET / HTTP/1.1\r\nHost: a\rX",
        "\n",
        "\r\n\nGET",
      ]
    ) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      const start = performance.now();
      await writeAll(connection, octets(head));
      const text = await readAll(connection);
      assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/, JSON.stringify(head));
      assert.ok(performance.now() - start < SOON, JSON.stringify(head));
      connection.close();
    }
  });
});

Deno.test("a head that comes byte by byte, empty lines before it, is read", async () => {
  await withServer(reads, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    for (const byte of "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") {
      await writeAll(connection, octets(byte));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.match(await readAll(connection), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\ntrue$/);
    connection.close();
  });
});

Deno.test("a body that nobody wants has one time in all, however it drips", async () => {
  await withServer(reads, async (port) => {
    for (
      const [first, byte] of [
        [`${POST}Content-Length: 60000\r\n\r\n`, "x"],
        [CHUNKED, "1\r\nx\r\n"],
        [`${CHUNKED}1;`, "x"],
        [`${CHUNKED}0\r\nX-Trailer: `, "x"],
        [`${CHUNKED}0\r\n`, "X: y\r\n"],
      ] as const
    ) {
      const { took } = await drip(port, first, byte);
      assert.ok(took < SOON, `${first} took ${took} ms`);
    }
  });
});

/** What the upstream of a proxy got, and how it answers. */
async function withProxy(
  upstream: (connection: Deno.Conn) => Promise<void>,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const listener = listening();
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) serving.push(upstream(connection).catch(() => {}));
  })();
  const nothing = { status: 502, fields: [], body: "" };
  const options: Upstream = {
    connect: () => Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    timeout: 10_000,
    answered: () => {},
    answers: {
      unreachable: nothing,
      late: nothing,
      malformed: nothing,
      malformedBody: nothing,
      loop: nothing,
      upgrade: nothing,
    },
  };
  try {
    await withServer((exchange) => proxy(exchange, options), test);
  } finally {
    listener.close();
    await accepting;
    await Promise.all(serving);
  }
}

Deno.test("a body that drips on its way through the proxy is cut off, one that moves is not", async () => {
  const got: number[] = [];
  const upstream = async (connection: Deno.Conn): Promise<void> => {
    const text = await readAll(connection);
    got.push(text.length);
    connection.close();
  };
  await withProxy(upstream, async (port) => {
    const { took } = await drip(port, `${CHUNKED}0\r\nX-Trailer: `, "x");
    assert.ok(took < SOON, `${took} ms`);
    // Four times as long as a body without bytes may take.
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(connection, octets(`${POST}Content-Length: 16000\r\n\r\n`));
    for (let piece = 0; piece < 16; piece++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await writeAll(connection, octets("x".repeat(1000)));
    }
    await connection.closeWrite();
    await readAll(connection);
    connection.close();
  });
  assert.ok(got.some((length) => length > 16_000), String(got));
});

Deno.test("a client that takes nothing of an answer is disconnected", async () => {
  const closed = Promise.withResolvers<void>();
  const upstream = async (connection: Deno.Conn): Promise<void> => {
    await writeAll(connection, octets("HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n"));
    const piece = octets("x".repeat(65_536));
    try {
      for (;;) await writeAll(connection, piece);
    } catch {
      closed.resolve();
    } finally {
      connection.close();
    }
  };
  await withProxy(upstream, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(connection, octets("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const start = performance.now();
    await closed.promise;
    assert.ok(performance.now() - start < SOON);
    connection.close();
  });
});
