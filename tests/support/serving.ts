/** The command `serve` in the test's own process, and requests to it octet by octet. */
import { type CliResult, type CliWorld, runCli } from "./run_cli.ts";

/** The token of every test's server. */
export const TOKEN = "a-token-of-tests";

/** A server that runs. */
export interface Serving {
  readonly port: number;
  /** What it has said so far. */
  said(): { readonly out: string; readonly err: string };
  /** Sends a signal. */
  signal(name: "SIGINT" | "SIGTERM"): void;
  /** Sends SIGTERM and gives what the command came to. */
  stop(): Promise<CliResult>;
}

/** Starts the command on a free port and waits until it listens; throws with its words when it ends instead. */
export async function startServing(args: readonly string[], world: CliWorld): Promise<Serving> {
  let out = "";
  let err = "";
  let signal: (name: "SIGINT" | "SIGTERM") => void = () => {};
  const listening = Promise.withResolvers<number>();
  const result = runCli(["serve", "--listen", "127.0.0.1:0", ...args], {
    ...world,
    env: { E2E_TEST_AUTH_TOKEN: TOKEN, ENABLE_FE_E2E: "true", ...world.env },
    io: {
      ...world.io,
      out: (text) => {
        out += text;
        const [, port] = /^Listening on http:\/\/127\.0\.0\.1:(\d+)$/m.exec(out) ?? [];
        if (port !== undefined) listening.resolve(Number(port));
      },
      err: (text) => {
        err += text;
      },
      onSignal: (callback) => {
        signal = callback;
        return () => {};
      },
    },
  }).then((ended) => ({ ...ended, out, err }));
  const port = await Promise.race([
    listening.promise,
    result.then(({ code }) => Promise.reject(new Error(`serve ended with ${code}\n${out}${err}`))),
  ]);
  return {
    port,
    said: () => ({ out, err }),
    signal: (name) => signal(name),
    stop: () => {
      signal("SIGTERM");
      return result;
    },
  };
}

/** An answer, taken apart. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Octets as characters 0 to 255. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Characters 0 to 255 as octets. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Writes all of it. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Everything until the other side closes. */
export async function readAll(connection: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return text;
    text += latin1(buffer.subarray(0, count));
  }
}

/** Reads until the text so far satisfies the condition. */
export async function readUntil(connection: Deno.Conn, enough: (text: string) => boolean): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  while (!enough(text)) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error(`The connection ended after ${JSON.stringify(text)}`);
    text += latin1(buffer.subarray(0, count));
  }
  return text;
}

/** Sends these octets on a connection of their own and gives everything that comes back until it closes. */
export async function sendRaw(port: number, text: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await writeAll(connection, octets(text));
    return await readAll(connection);
  } finally {
    connection.close();
  }
}

/** One request with `Connection: close`. */
export async function request(
  port: number,
  line: string,
  fields: Readonly<Record<string, string>> = {},
  body = "",
): Promise<RawAnswer> {
  const all = { Host: "api.example.com", Connection: "close", ...fields };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const answer = await sendRaw(port, `${line} HTTP/1.1\r\n${head}\r\n${body}`);
  const end = answer.indexOf("\r\n\r\n");
  return {
    status: Number(answer.split(" ")[1]),
    head: answer.slice(0, end),
    body: answer.slice(end + 4),
  };
}

/** What Flagsmith's own test suite sends (`docs/flagsmith/e2e.md#client`). */
export function requestReset(port: number, token: string = TOKEN): Promise<RawAnswer> {
  return request(port, "POST /api/v1/e2etests/teardown/", {
    "Accept": "application/json",
    "Content-Type": "application/json",
    "X-E2E-Test-Auth-Token": token,
    "Accept-Encoding": "gzip,deflate",
    "Content-Length": "2",
  }, "{}");
}
