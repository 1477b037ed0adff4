/** A relay before the database that counts round trips from outside of the program and times its transaction. */

/** What one connection did. */
export interface Metered {
  /** Times the client sent something and the server answered, those that open the connection included. */
  readonly trips: number;
  /** Seconds from the first octet of the last transaction that may write to the answer to its COMMIT. */
  readonly transaction: number | undefined;
}

/** A relay that listens. */
export interface Meter {
  /** URL of the database through the relay. */
  readonly url: string;
  /** Stops listening and gives what the connections did, in the order in which they began. */
  end(): Promise<readonly Metered[]>;
}

/** Starts a relay to the server of a URL. */
export function startMeter(databaseUrl: string): Meter {
  const target = new URL(databaseUrl);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Promise<Metered>[] = [];
  const accepting = (async () => {
    for await (const client of listener) connections.push(relay(client, target));
  })();
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(listener.addr.port);
  return {
    url: url.href,
    end: async () => {
      listener.close();
      await accepting;
      return await Promise.all(connections);
    },
  };
}

async function relay(client: Deno.Conn, target: URL): Promise<Metered> {
  const server = await Deno.connect({ hostname: target.hostname, port: Number(target.port || "5432") });
  const seen = {
    trips: 0,
    asked: false,
    began: 0,
    committing: false,
    transaction: undefined as number | undefined,
  };
  const text = new TextDecoder("latin1");
  const asking = pump(client, server, (chunk) => {
    seen.asked = true;
    const start = text.decode(chunk.subarray(0, 64));
    if (start.includes("BEGIN ISOLATION LEVEL READ COMMITTED")) seen.began = performance.now();
    seen.committing = start.includes("COMMIT\0");
  });
  const answering = pump(server, client, () => {
    if (seen.asked) seen.trips += 1;
    seen.asked = false;
    if (seen.committing) seen.transaction = (performance.now() - seen.began) / 1000;
    seen.committing = false;
  });
  await Promise.all([asking, answering]);
  return { trips: seen.trips, transaction: seen.transaction };
}

/** Passes octets on until either side ends. */
async function pump(from: Deno.Conn, to: Deno.Conn, look: (chunk: Uint8Array) => void): Promise<void> {
  const buffer = new Uint8Array(262_144);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      const chunk = buffer.subarray(0, count);
      look(chunk);
      for (let at = 0; at < count;) at += await to.write(chunk.subarray(at));
    }
  } catch {
    // The other side has gone; so does this one.
  }
  try {
    to.close();
  } catch {
    // Closed by the other direction.
  }
}
