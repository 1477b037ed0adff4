/** Everything that the program takes from its surroundings. Tests hand in their own. */
import { EXIT } from "../diagnostics/error.ts";
import type { SourceIo } from "../source/sources.ts";

/** Streams, files, environment, time. */
export interface Io extends SourceIo {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** True when standard output is a terminal. */
  readonly outIsTerminal: boolean;
  /** True when standard error is a terminal. */
  readonly errIsTerminal: boolean;
  /** True when standard input is a terminal. */
  readonly inIsTerminal: boolean;
  /** One line that somebody types; undefined at the end of the input. */
  readLine(): Promise<string | undefined>;
  /** How many computations are worth running at a time: as many as there are processor cores, but never fewer than two. */
  readonly parallelism: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** A random version 4 uuid. */
  uuid(): string;
  /** Reads a file as UTF-8 text. */
  readTextFile(path: string): Promise<string>;
  /** Writes a file whole: to a temporary name beside it, then by rename, with the given mode. */
  replaceFile(path: string, text: string, mode: number): Promise<void>;
  /** Makes a directory and what is above it, unless it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Calls back at SIGINT and SIGTERM; the function that it gives ends that. */
  onSignal(callback: (signal: "SIGINT" | "SIGTERM") => void): () => void;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * The first process of a container: the kernel drops signals that it does not listen for, so it has to listen all the
 * time, also while it waits for a server, or `docker stop` would wait ten seconds and kill it.
 */
const FIRST_PROCESS = 1;

/** The real surroundings of a process. */
export function processIo(): Io {
  const encoder = new TextEncoder();
  const write = (stream: { writeSync(data: Uint8Array): number }, text: string): void => {
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      // A reader that went away (head, a closed terminal) must not turn a finished run into a failure.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
  let listening = 0;
  if (Deno.pid === FIRST_PROCESS) {
    for (const signal of SIGNALS) {
      Deno.addSignalListener(signal, () => {
        if (listening === 0) Deno.exit(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
      });
    }
  }
  return {
    out: (text) => write(Deno.stdout, text),
    err: (text) => write(Deno.stderr, text),
    outIsTerminal: Deno.stdout.isTerminal(),
    errIsTerminal: Deno.stderr.isTerminal(),
    inIsTerminal: Deno.stdin.isTerminal(),
    readLine: async () => {
      const buffer = new Uint8Array(1024);
      const length = await Deno.stdin.read(buffer);
      return length === null ? undefined : new TextDecoder().decode(buffer.subarray(0, length));
    },
    parallelism: Math.max(navigator.hardwareConcurrency, 2),
    now: () => Date.now(),
    uuid: () => crypto.randomUUID(),
    env: (name) => Deno.env.get(name),
    readFile: (path) => Deno.readFile(path),
    readTextFile: (path) => Deno.readTextFile(path),
    readDirectory: async (path) => {
      const names: string[] = [];
      for await (const entry of Deno.readDir(path)) names.push(entry.name);
      return names;
    },
    stat: (path) => Deno.stat(path),
    readStdin: async () => new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer()),
    replaceFile: async (path, text, mode) => {
      const temporary = `${path}.${crypto.randomUUID()}.tmp`;
      try {
        await Deno.writeTextFile(temporary, text, { mode, createNew: true });
        await Deno.chmod(temporary, mode);
        await Deno.rename(temporary, path);
      } catch (error) {
        await Deno.remove(temporary).catch(() => {});
        throw error;
      }
    },
    makeDirectory: (path) => Deno.mkdir(path, { recursive: true }),
    onSignal: (callback) => {
      const listeners = SIGNALS.map((signal) => [signal, () => callback(signal)] as const);
      for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
      listening++;
      return () => {
        listening--;
        for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
      };
    },
  };
}
