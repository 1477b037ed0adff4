/** The proxy of `serve`, octet by octet: what the client sends, what the upstream gets, and back. */
import assert from "node:assert/strict";
import { MOST_CONNECTIONS, serveHttp, type Server } from "../../src/serve/http/server.ts";
import { Metrics } from "../../src/serve/metrics.ts";
import { routes } from "../../src/serve/routes.ts";
import { connectUpstream, listen } from "../../src/serve/sockets.ts";
import { latin1, octets, readAll, readUntil, request, sendRaw, writeAll } from "../support/serving.ts";

/** An upstream that does with each connection what the test says. */
interface Fake {
  readonly port: number;
  close(): Promise<void>;
}

function fake(serve: (connection: Deno.Conn) => Promise<void>): Fake {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const connection of listener) {
      const work = serve(connection).catch(() => {}).finally(() => {
        try {
          connection.close();
        } catch {
          // The test closed it.
        }
      });
      open.add(work);
    }
  })();
  return {
    port: listener.addr.port,
    async close() {
      listener.close();
      await accepting;
      await Promise.all(open);
    },
  };
}

/** An upstream that reads one head, remembers it, and answers with these octets. */
function answering(text: string, heads: string[] = []): Fake {
  return fake(async (connection) => {
    heads.push(await readUntil(connection, (t) => t.includes("\r\n\r\n")));
    await writeAll(connection, octets(text));
  });
}

function proxyTo(
  port: number,
  metrics = new Metrics("0"),
  timeout = 60_000,
): { readonly port: number; readonly server: Server } {
  const listener = listen({ host: "127.0.0.1", port: 0 });
  const upstream = { host: "127.0.0.1", port, tls: false };
  const server = serveHttp(
    listener,
    routes({
      token: "t",
      enabled: true,
      reset: () => Promise.resolve(undefined),
      queueLength: () => 0,
      stopping: () => false,
      metrics,
      upstream: { connect: () => connectUpstream(upstream, 5000), timeout },
      version: "0",
    }),
  );
  return { port: listener.addr.port, server };
}

async function proxied(
  upstream: Fake,
  test: (port: number, server: Server) => Promise<void>,
  metrics?: Metrics,
): Promise<void> {
  const { port, server } = proxyTo(upstream.port, metrics);
  try {
    await test(port, server);
  } finally {
    await server.stop(1000);
    await upstream.close();
  }
}

Deno.test("the proxy passes headers on as they were written, but for those of the connection", async () => {
  const heads: string[] = [];
  const upstream = answering(
    "HTTP/1.1 200 Fine, thanks\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\nX-Odd:  caf\xe9 \r\nVary: Accept-Encoding\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, X-Private\r\nX-Private: 1\r\nContent-Length: 5\r\n\r\nhello",
    heads,
  );
  await proxied(upstream, async (port) => {
    const answer = await sendRaw(
      port,
      "PATCH /api/v1/a%2Fb/?q=%C3%A9&q=1#x HTTP/1.1\r\nHost: app.example.com:8080\r\nX-E2E-Test-Auth-Token: secret\r\nCookie: a=1\r\ncookie: b=2\r\nX-Odd: caf\xe9\r\nx-forwarded-for: 10.1.2.3\r\nTE: trailers, deflate\r\nKeep-Alive: 300\r\nProxy-Authorization: Basic x\r\nUpgrade: h2c\r\nX-Hop: 1\r\nAccept-Encoding: gzip, br\r\nConnection: close, X-Hop, Upgrade\r\nContent-Length: 0\r\n\r\n",
    );
    assert.equal(
      heads[0],
      "PATCH /api/v1/a%2Fb/?q=%C3%A9&q=1#x HTTP/1.1\r\nHost: app.example.com:8080\r\nX-E2E-Test-Auth-Token: secret\r\nCookie: a=1\r\ncookie: b=2\r\nX-Odd: caf\xe9\r\nAccept-Encoding: gzip, br\r\nContent-Length: 0\r\nX-Forwarded-For: 10.1.2.3, 127.0.0.1\r\nVia: 1.1 flagsmith-provision\r\nTE: trailers\r\nConnection: close, TE\r\n\r\n",
    );
    assert.equal(
      answer,
      "HTTP/1.1 200 Fine, thanks\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\nX-Odd: caf\xe9\r\nVary: Accept-Encoding\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    );
  });
});

Deno.test("the proxy passes every status on and follows no redirect", async () => {
  for (
    const status of [201, 202, 204, 301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 418, 429, 500, 503]
  ) {
    const bodiless = status === 204 || status === 304;
    const heads: string[] = [];
    const upstream = answering(
      `HTTP/1.1 ${status} Whatever\r\nLocation: /elsewhere\r\n${bodiless ? "" : "Content-Length: 2\r\n"}\r\n${
        bodiless ? "" : "ok"
      }`,
      heads,
    );
    await proxied(upstream, async (port) => {
      const answer = await request(port, "GET /");
      assert.deepEqual([answer.status, answer.body], [status, bodiless ? "" : "ok"]);
      assert.match(answer.head, /\r\nLocation: \/elsewhere\r\n/);
      assert.equal(heads.length, 1);
    });
  }
});

Deno.test("the proxy leaves encoded content as it is, whatever the client accepts", async () => {
  const compressed = new Response("x".repeat(5000)).body?.pipeThrough(new CompressionStream("gzip"));
  const gzip = latin1(new Uint8Array(await new Response(compressed).arrayBuffer()));
  const upstream = answering(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${gzip.length}\r\n\r\n${gzip}`,
  );
  await proxied(upstream, async (port) => {
    for (const accepts of ["gzip", "identity", "br"]) {
      const answer = await request(port, "GET /", { "Accept-Encoding": accepts });
      assert.ok(answer.body === gzip);
      assert.match(answer.head, /Content-Encoding: gzip\r\n/);
    }
  });
  const plain = "y".repeat(5000);
  const other = answering(
    `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n${plain}`,
  );
  await proxied(other, async (port) => {
    const answer = await request(port, "GET /", { "Accept-Encoding": "gzip, br" });
    assert.equal(
      answer.head,
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\nConnection: close",
    );
    assert.ok(answer.body === plain);
  });
});

Deno.test("the proxy answers HEAD with the length and no body", async () => {
  const upstream = answering("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
  await proxied(upstream, async (port) => {
    assert.equal(
      await sendRaw(port, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
      "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nConnection: close\r\n\r\n",
    );
  });
});

Deno.test("the proxy passes chunks and trailers on in both directions", async () => {
  const body = "5;ext=1\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 42\r\n\r\n";
  let got = "";
  const upstream = fake(async (connection) => {
    got = await readUntil(connection, (t) => t.endsWith("X-Sum: 42\r\n\r\n"));
    await writeAll(
      connection,
      octets(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${body}`),
    );
  });
  await proxied(upstream, async (port) => {
    const answer = await request(
      port,
      "POST /",
      { "Transfer-Encoding": "chunked", "Trailer": "X-Sum" },
      body,
    );
    assert.equal(
      answer.head,
      "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\nConnection: close",
    );
    assert.equal(answer.body, body);
    assert.equal(
      got,
      `POST / HTTP/1.1\r\nHost: api.example.com\r\nTrailer: X-Sum\r\nX-Forwarded-For: 127.0.0.1\r\nVia: 1.1 flagsmith-provision\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${body}`,
    );
  });
});

Deno.test("the proxy delivers each event of a stream before the next one is sent", async () => {
  const steps: PromiseWithResolvers<void>[] = Array.from({ length: 20 }, () => Promise.withResolvers<void>());
  const upstream = fake(async (connection) => {
    await readUntil(connection, (t) => t.includes("\r\n\r\n"));
    await writeAll(connection, octets("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"));
    for (const [n, { promise }] of steps.entries()) {
      await writeAll(connection, octets(`data: ${n}\n\n`));
      await promise;
    }
  });
  await proxied(upstream, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(
      connection,
      octets("GET /events HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n"),
    );
    for (const [n, { resolve }] of steps.entries()) {
      await readUntil(connection, (t) => t.endsWith(`data: ${n}\n\n`));
      resolve();
    }
    assert.equal(await readAll(connection), "");
    connection.close();
  });
});

const SIZE = 50 * 1024 * 1024;

/** What the body repeats: a length that divides no buffer's, so that a lost or doubled piece shows. */
const PERIOD = 999_983;
const PATTERN = Uint8Array.from({ length: 3 * PERIOD }, (_, n) => ((n % PERIOD) * 2654435761) >>> 24);

/** A piece of a body, by its place; nothing is allocated. */
function piece(at: number, length: number): Uint8Array {
  return PATTERN.subarray(at % PERIOD, at % PERIOD + length);
}

Deno.test("the proxy carries 50 MB up and down unharmed and holds no more of it than a few pieces", async () => {
  let received = 0;
  let wrong = false;
  const upstream = fake(async (connection) => {
    const head = await readUntil(connection, (t) => t.includes("\r\n\r\n"));
    const buffer = new Uint8Array(65_536);
    const check = (bytes: Uint8Array) => {
      wrong ||= latin1(bytes.subarray(0, 64)) !== latin1(piece(received, Math.min(64, bytes.length)));
      received += bytes.length;
    };
    const early = head.slice(head.indexOf("\r\n\r\n") + 4);
    if (early !== "") check(octets(early));
    while (received < SIZE) {
      const count = await connection.read(buffer);
      if (count === null) throw new Error("cut off");
      check(buffer.subarray(0, count));
    }
    await writeAll(connection, octets(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`));
    for (let at = 0; at < SIZE; at += 1 << 20) await writeAll(connection, piece(at, 1 << 20));
  });
  await proxied(upstream, async (port) => {
    const before = Deno.memoryUsage().rss;
    let most = 0;
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(
      connection,
      octets(`PUT /big HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${SIZE}\r\n\r\n`),
    );
    for (let at = 0; at < SIZE; at += 1 << 20) {
      await writeAll(connection, piece(at, 1 << 20));
      most = Math.max(most, Deno.memoryUsage().rss - before);
    }
    const buffer = new Uint8Array(65_536);
    let head: string | undefined;
    let down = 0;
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) break;
      let bytes = buffer.subarray(0, count);
      if (head === undefined) {
        const end = latin1(bytes).indexOf("\r\n\r\n") + 4;
        head = latin1(bytes.subarray(0, end));
        bytes = bytes.subarray(end);
      }
      if (bytes.length > 0) {
        assert.equal(
          latin1(bytes.subarray(0, 64)),
          latin1(piece(down, Math.min(64, bytes.length))),
          String(down),
        );
      }
      down += bytes.length;
      most = Math.max(most, Deno.memoryUsage().rss - before);
    }
    connection.close();
    assert.deepEqual([wrong, received, down], [false, SIZE, SIZE]);
    assert.ok(most < 20e6, `${(most / 1e6).toFixed(0)} MB`);
  });
});

Deno.test("the proxy reads no faster than the other side takes", async () => {
  let sent = 0;
  const { promise: full, resolve } = Promise.withResolvers<void>();
  const upstream = fake(async (connection) => {
    await readUntil(connection, (t) => t.includes("\r\n\r\n"));
    await writeAll(connection, octets(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`));
    for (; sent < SIZE; sent += 65_536) {
      const stuck = setTimeout(resolve, 500);
      await writeAll(connection, new Uint8Array(65_536));
      clearTimeout(stuck);
    }
    resolve();
  });
  await proxied(upstream, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(connection, octets("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    await full;
    assert.ok(sent < SIZE / 2, `${sent} bytes left the upstream though the client read none`);
    connection.close();
  });
});

Deno.test("the proxy keeps the client's connection for further requests, pipelined ones too", async () => {
  let count = 0;
  const upstream = fake(async (connection) => {
    await readUntil(connection, (t) => t.includes("\r\n\r\n"));
    await writeAll(connection, octets(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${++count}`));
  });
  await proxied(upstream, async (port) => {
    const answer = await sendRaw(
      port,
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /health HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    );
    assert.equal(
      answer.replace(/Date: [^\r]*\r\n/, ""),
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\nConnection: keep-alive\r\n\r\n{"status":"ok","version":"0"}\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n2HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n3',
    );
  });
});

Deno.test("the proxy answers 502 when the upstream is down, ends early or answers nonsense, and works again afterwards", async () => {
  const metrics = new Metrics("0");
  const down = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port: upstreamPort } = down.addr;
  down.close();
  const { port, server } = proxyTo(upstreamPort, metrics);
  const answer = await request(port, "POST /x", { "Content-Length": "3" }, "abc");
  assert.deepEqual([answer.status, JSON.parse(answer.body)], [502, {
    error: {
      code: "FP457",
      message: "The upstream does not answer",
      hint: "Check --upstream, and whether the API runs",
    },
  }]);
  for (
    const nonsense of [
      "",
      "HTTP/1.1 200 OK\r\nContent-Le",
      "SSH-2.0-OpenSSH\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: a\nb\r\n\r\n",
    ]
  ) {
    const upstream = answering(nonsense);
    await proxied(upstream, async (port) => {
      assert.equal((await request(port, "GET /")).status, 502, nonsense);
    });
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port: upstreamPort });
  const again = request(port, "GET /");
  const connection = await listener.accept();
  await readUntil(connection, (t) => t.includes("\r\n\r\n"));
  await writeAll(connection, octets("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  assert.equal((await again).status, 200);
  connection.close();
  listener.close();
  await server.stop(1000);
  assert.match(metrics.text(0), /proxied_requests_total\{status="200"\} 1\n.*\{status="502"\} 1\n/);
});

Deno.test("the proxy cuts the client's answer off where the upstream's was", async () => {
  for (const framing of ["Content-Length: 10", "Transfer-Encoding: chunked"]) {
    const body = framing.startsWith("C") ? "abc" : "3\r\nabc\r\n";
    const upstream = answering(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${body}`);
    await proxied(upstream, async (port) => {
      const answer = await sendRaw(port, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assert.equal(answer, `HTTP/1.1 200 OK\r\n${framing}\r\nConnection: keep-alive\r\n\r\n${body}`);
    });
  }
});

Deno.test("the proxy closes its connection to the upstream when the client hangs up, before, during and after the body", async () => {
  const metrics = new Metrics("0");
  for (const sent of ["Content-Length: 100\r\n\r\nabc", "\r\n"]) {
    for (const answered of ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"]) {
      const began = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      const upstream = fake(async (connection) => {
        await readUntil(connection, (t) => t.includes("\r\n\r\n"));
        await writeAll(connection, octets(answered));
        began.resolve();
        await readAll(connection).catch(() => "");
        gone.resolve();
      });
      await proxied(upstream, async (port) => {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port });
        await writeAll(connection, octets(`POST / HTTP/1.1\r\nHost: h\r\n${sent}`));
        await began.promise;
        if (answered !== "") await readUntil(connection, (t) => t.endsWith("abc"));
        connection.close();
        await gone.promise;
      }, metrics);
    }
  }
  assert.match(metrics.text(0), /proxied_requests_total\{status="200"\} 2\n.*\{status="none"\} 2\n/);
});

Deno.test("the proxy passes 100 Continue and early hints on, and an answer that comes before the body", async () => {
  const upstream = fake(async (connection) => {
    const head = await readUntil(connection, (t) => t.includes("\r\n\r\n"));
    if (head.startsWith("POST /refused")) {
      await writeAll(connection, octets("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"));
      return;
    }
    await writeAll(
      connection,
      octets("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"),
    );
    assert.equal(await readUntil(connection, (t) => t.length >= 4), "body");
    await writeAll(connection, octets("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  });
  await proxied(upstream, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const head = "HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    await writeAll(connection, octets(`POST /a ${head}`));
    assert.equal(
      await readUntil(connection, (t) => t.includes("100 Continue\r\n\r\n")),
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    );
    await writeAll(connection, octets("body"));
    await readUntil(connection, (t) => t.startsWith("HTTP/1.1 200 OK") && t.endsWith("\r\n\r\n"));
    await writeAll(connection, octets(`POST /refused ${head}`));
    assert.equal(
      await readAll(connection),
      "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nbig",
    );
    connection.close();
  });
});

Deno.test("the proxy speaks HTTP/1.0 to those who do, and passes an answer on that ends with its connection", async () => {
  const heads: string[] = [];
  const upstream = answering("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end", heads);
  await proxied(upstream, async (port) => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nuntil the end";
    assert.equal(await sendRaw(port, "GET / HTTP/1.0\r\n\r\n"), answer);
    assert.equal(await sendRaw(port, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), answer);
    assert.match(heads[0] ?? "", /^GET \/ HTTP\/1\.0\r\n/);
  });
});

Deno.test("the server refuses what two servers could read in two ways, and sends none of it on", async () => {
  const heads: string[] = [];
  const upstream = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", heads);
  await proxied(upstream, async (port) => {
    const cases: readonly (readonly [head: string, status: number])[] = [
      ["GET / HTTP/1.1\r\n", 400],
      ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400],
      ["GET /\r\nHost: a\r\n", 400],
      ["GET  / HTTP/1.1\r\nHost: a\r\n", 400],
      ["GET x HTTP/1.1\r\nHost: a\r\n", 400],
      ["GET / HTTP/2.0\r\nHost: a\r\n", 505],
      ["GET / HTTP/1.1\r\nHost : a\r\n", 400],
      ["GET / HTTP/1.1\r\nHost: a\r\n folded\r\n", 400],
      ["GET / HTTP/1.1\r\nHost: a\nX: b\r\n", 400],
      ["GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n", 400],
      ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n", 400],
      ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n", 400],
      ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400],
      ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", 400],
      ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n", 400],
      ["POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", 400],
      [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(200_000)}\r\n`, 431],
    ];
    for (const [head, status] of cases) {
      const answer = await sendRaw(port, `${head}\r\n`);
      assert.equal(Number(answer.split(" ")[1]), status, JSON.stringify(head.slice(0, 80)));
      assert.match(answer, /\r\nConnection: close\r\n\r\n$/);
    }
    assert.deepEqual(heads, []);
  });
});

Deno.test("the server ends idle connections at once when it stops, and lets answers end", async () => {
  const began = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const upstream = fake(async (connection) => {
    await readUntil(connection, (t) => t.includes("\r\n\r\n"));
    began.resolve();
    await go.promise;
    await writeAll(connection, octets("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  });
  await proxied(upstream, async (port, server) => {
    const idle = await Deno.connect({ hostname: "127.0.0.1", port });
    const busy = request(port, "GET /");
    await began.promise;
    const stopped = server.stop(10_000);
    assert.equal(await readAll(idle), "");
    idle.close();
    go.resolve();
    assert.equal((await busy).body, "ok");
    await stopped;
  });
});

/** One request and the status line that comes back, with the code of the error if there is one. */
async function statusOf(port: number, text: string): Promise<string> {
  const answer = await sendRaw(port, text);
  const [, status = ""] = answer.split(" ");
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  return body.startsWith("{") ? `${status} ${JSON.parse(body).error.message}` : status;
}

const HEAD = "Host: h\r\nConnection: close\r\n";

Deno.test("the proxy refuses other protocols, loops and broken bodies by name, and gives up on a silent upstream", async () => {
  const seen: string[] = [];
  const silent = fake(async (connection) => {
    seen.push(await readUntil(connection, (text) => text.includes("\r\n\r\n")));
    await readAll(connection);
  });
  const { port, server } = proxyTo(silent.port, new Metrics("0"), 200);
  try {
    const upgrade = `GET /ws HTTP/1.1\r\nHost: h\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    assert.equal(await statusOf(port, upgrade), "501 WebSockets are not passed on");
    const loop = `GET /x HTTP/1.1\r\n${HEAD}Via: 1.1 a, 1.1 flagsmith-provision\r\n\r\n`;
    assert.equal(await statusOf(port, loop), "508 The upstream leads back to this server");
    assert.deepEqual(seen, []);
    assert.equal(
      await statusOf(port, `GET /x HTTP/1.1\r\n${HEAD}\r\n`),
      "504 The upstream does not answer in time",
    );
    assert.match(seen[0] ?? "", /\r\nVia: 1\.1 flagsmith-provision\r\n/);
    const chunks = `POST /x HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n`;
    assert.equal(await statusOf(port, chunks), "400 The body of the request is not what its head says");
  } finally {
    await server.stop(1000);
    await silent.close();
  }
});

Deno.test("the proxy tells an upstream that answers nonsense from one that does not answer", async () => {
  await proxied(answering("nonsense\r\n\r\n"), async (port) => {
    assert.equal(
      await statusOf(port, `GET / HTTP/1.1\r\n${HEAD}\r\n`),
      "502 The upstream's answer is not HTTP",
    );
  });
});

Deno.test("the server refuses odd hosts, methods about the way, and words that only look like chunked", async () => {
  const heads: string[] = [];
  await proxied(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", heads), async (port) => {
    for (const host of ['a b/../?#@"', "u:p@h", "h/x", "a,b", "[::1", "h:1:2"]) {
      assert.equal(await statusOf(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`), "400", host);
    }
    for (const method of ["TRACE", "CONNECT", "connect"]) {
      assert.equal(await statusOf(port, `${method} /x HTTP/1.1\r\n${HEAD}\r\n`), "405", method);
    }
    const smuggled = `POST /a HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n`;
    assert.equal(await statusOf(port, smuggled), "400");
    assert.deepEqual(heads, []);
    for (const host of ["h", "h:8000", "api.example.com", "[::1]:8000", "127.0.0.1"]) {
      const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      assert.equal(await statusOf(port, request), "200", host);
    }
  });
});

Deno.test("whatever way the path of the endpoint is written, the upstream's own never gets it", async () => {
  const heads: string[] = [];
  await proxied(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", heads), async (port) => {
    for (
      const path of [
        "/api/v1/e2etests/teardown",
        "//api/v1/e2etests/teardown/",
        "/api//v1/e2etests/teardown/",
        "/api/v1/e2etests/./teardown/",
        "/api/v1/x/../e2etests/teardown/",
        "/api/v1/e2etests/teardow%6e/",
        "/api/v1/e2etests%2Fteardown/",
        "/API/v1/e2etests/teardown//",
        "/api/v1/e2etests/teardown/;x",
        "http://h/api/v1/e2etests/teardown/?a=b",
      ]
    ) {
      const answer = await request(port, `POST ${path}`, { "X-E2E-Test-Auth-Token": "t" });
      assert.equal(answer.status, 204, path);
    }
    assert.deepEqual(heads, []);
    assert.equal((await request(port, "GET /api/v1/e2etests/teardown/more/")).status, 200);
  });
});

Deno.test("a stranger is refused before a byte of the body is read", async () => {
  const { port, server } = proxyTo(1);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const head = "POST /api/v1/e2etests/teardown/ HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
    await writeAll(connection, octets(head));
    assert.match(await readAll(connection), /^HTTP\/1\.1 401 Unauthorized\r\n/);
  } finally {
    connection.close();
    await server.stop(1000);
  }
});

Deno.test("the server turns connections away beyond its limit, and takes new ones when others end", async () => {
  const { port, server } = proxyTo(1);
  const open: Deno.Conn[] = [];
  try {
    for (let count = 0; count < MOST_CONNECTIONS; count++) {
      open.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
    const [first] = open;
    assert.ok(first !== undefined);
    // Connections are accepted in their order: when this one is answered, the limit is reached.
    await writeAll(open.at(-1) ?? first, octets("GET /health HTTP/1.1\r\nHost: h\r\n\r\n"));
    await readUntil(open.at(-1) ?? first, (text) => text.includes("\r\n\r\n"));
    assert.match(await sendRaw(port, ""), /^HTTP\/1\.1 503 Service Unavailable\r\n/);
    first.close();
    open.shift();
    for (;;) {
      const answer = await sendRaw(port, `GET /health HTTP/1.1\r\n${HEAD}\r\n`).catch(() => "");
      if (answer.startsWith("HTTP/1.1 200")) break;
      assert.match(answer, /^(HTTP\/1\.1 503|$)/);
    }
  } finally {
    for (const connection of open) connection.close();
    await server.stop(1000);
  }
});
