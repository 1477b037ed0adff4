/** `apply --watch` as a process. */
import { start, type StartOptions } from "./program.ts";

/** What `POST /reload` of these processes takes. */
export const TOKEN = "reload-token-of-tests";

/** A watch that listens. */
export interface Watched {
  readonly port: number;
  readonly child: Deno.ChildProcess;
  /** Everything on standard output so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Status and text of an answer. */
  readonly get: (path: string, init?: RequestInit) => Promise<readonly [status: number, text: string]>;
  readonly ready: () => Promise<boolean>;
  /** How many runs it has made so far, failed ones included. */
  readonly runs: () => Promise<number>;
  /** Sends a signal and gives the exit code when everything has been read. */
  readonly end: (signal: Deno.Signal) => Promise<number>;
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

/** Starts a watch of a directory on a free port and waits until it listens; throws with its words when it ends instead. */
export async function startWatching(
  databaseUrl: string,
  directory: string,
  args: readonly string[],
  options: Omit<StartOptions, "env"> = {},
): Promise<Watched> {
  const child = start(["--watch", "--listen", "127.0.0.1:0", "--directory", directory, ...args], {
    ...options,
    env: { DATABASE_URL: databaseUrl, FLAGSMITH_PROVISION_RELOAD_TOKEN: TOKEN },
  });
  let [out, err] = ["", ""];
  const listening = Promise.withResolvers<number>();
  const reading = Promise.all([
    collect(child.stdout, (text) => {
      out += text;
      const [, port] = /Listening on http:\/\/127\.0\.0\.1:(\d+)\n/.exec(out) ?? [];
      if (port !== undefined) listening.resolve(Number(port));
    }),
    collect(child.stderr, (text) => void (err += text)),
  ]);
  const port = await Promise.race([
    listening.promise,
    child.status.then(async ({ code }) => {
      await reading;
      throw new Error(`It ended with ${code}\n${out}${err}`);
    }),
  ]);
  const get: Watched["get"] = async (path, init = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return [answer.status, await answer.text()];
  };
  return {
    port,
    child,
    out: () => out,
    err: () => err,
    get,
    ready: async () => (await get("/ready"))[0] === 200,
    runs: async () => Number(/^flagsmith_provision_runs_total (\d+)$/m.exec((await get("/metrics"))[1])?.[1]),
    end: async (signal) => {
      try {
        child.kill(signal);
      } catch {
        // It has ended.
      }
      const { code } = await child.status;
      await reading;
      return code;
    },
  };
}

/** Waits until the condition holds; throws after so many milliseconds, with what the watch has said. */
export async function until(
  watched: Pick<Watched, "out" | "err">,
  condition: () => Promise<boolean> | boolean,
  milliseconds = 20_000,
): Promise<void> {
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`It did not happen\n${watched.out()}${watched.err()}`);
}
