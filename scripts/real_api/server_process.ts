/** A server that belongs to the run: started on a port of this machine, waited for, and ended. */

/** How to start one. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** File for what it writes. */
  readonly log: string;
  /** Address that answers with a 2xx once the server works. */
  readonly ready: string;
}

/** A server that answers. */
export interface ServerProcess {
  /** Asks the server to end and waits for it. */
  stop(): Promise<void>;
}

/** Starts a server and waits until it answers; throws with the end of its log when it does not within two minutes. */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess> {
  const file = await Deno.open(server.log, { write: true, create: true, truncate: true });
  const process = new Deno.Command(server.command, {
    args: [...server.args],
    cwd: server.cwd,
    env: { ...server.env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const written = writeBoth(process, file);
  let over = false;
  const ended = process.status.then(() => void (over = true));
  const stop = async () => {
    if (!over) process.kill("SIGTERM");
    await ended;
    await written;
  };
  try {
    await answers(server.ready, () => over);
    return { stop };
  } catch (error) {
    await stop();
    throw new Error(
      `${error instanceof Error ? error.message : error}\n${tail(await Deno.readTextFile(server.log))}`,
    );
  }
}

/** A port that nobody listens on at the moment. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    return listener.addr.port;
  } finally {
    listener.close();
  }
}

/** The last lines of a text. */
export function tail(text: string): string {
  return text.trimEnd().split("\n").slice(-20).join("\n");
}

/** Both streams of a process into one file, which is closed when they end. */
async function writeBoth(process: Deno.ChildProcess, file: Deno.FsFile): Promise<void> {
  const copy = async (from: ReadableStream<Uint8Array>) => {
    for await (const chunk of from) {
      for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
    }
  };
  await Promise.all([copy(process.stdout), copy(process.stderr)]);
  file.close();
}

async function answers(url: string, isOver: () => boolean): Promise<void> {
  for (const end = performance.now() + 120_000; performance.now() < end;) {
    if (isOver()) throw new Error(`The server for ${url} ended before it answered`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`There is no answer at ${url} within two minutes`);
}
