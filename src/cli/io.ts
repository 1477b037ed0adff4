/** Everything that the program takes from its surroundings. Tests hand in their own. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { SourceIo } from "../source/sources.ts";
import { processStreams, type StreamFailures, terminals } from "./streams.ts";
import type { Right } from "./rights.ts";
import { openTarget, type WrittenFile } from "./written_file.ts";

/** Streams, files, environment, time. */
export interface Io extends SourceIo {
  /** Writes to standard output, in order, later; never throws. */
  out(text: string): void;
  /** Writes to standard error, in order, later; never throws. */
  err(text: string): void;
  /** Writes to standard error what our own code painted: of its control characters colours and the wiping of a line pass. */
  paint(text: string): void;
  /** Waits until both streams took everything, and gives what they did not take. */
  settle(): Promise<StreamFailures>;
  /** From now on the texts that wait for a reader have so many bytes at most; further ones are dropped. */
  limitBacklog(bytes: number): void;
  /** Told by commands when the database was changed for good: from here on no message says otherwise. */
  committed(): void;
  /** Gives up a right of the process, for good. */
  giveUp(right: Right): void;
  /** Names of all environment variables. */
  envNames(): readonly string[];
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
  /** Hashes passwords and keys; undefined: as Django does, with as many iterations as the release of the database. */
  readonly hash?: (secret: string) => Promise<string>;
  /** Reads a file as UTF-8 text. */
  readTextFile(path: string): Promise<string>;
  /** Looks at a file that is to be written whole, with the given mode; throws `FileRefused` when that cannot be done. */
  openTarget(path: string, mode: number): Promise<WrittenFile>;
  /** The path behind all links; rejects when there is nothing. */
  realPath(path: string): Promise<string>;
  /** Makes a directory and what is above it, unless it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Calls back at SIGINT, SIGTERM and SIGHUP, which counts as SIGTERM; the function that it gives ends that. */
  onSignal(callback: (signal: "SIGINT" | "SIGTERM") => void): () => void;
  /** Calls back with errors that nobody caught, which the runtime then neither prints nor ends the process for; the function that it gives ends that. */
  onUncaught(callback: (error: unknown) => void): () => void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A terminal that is closed ends a run as somebody does who wants it to end. */
function meaningOf(signal: typeof SIGNALS[number]): "SIGINT" | "SIGTERM" {
  return signal === "SIGINT" ? signal : "SIGTERM";
}

/**
 * The first process of a container: the kernel drops signals that it does not listen for, so it has to listen all the
 * time, also while it waits for a server, or `docker stop` would wait ten seconds and kill it.
 */
const FIRST_PROCESS = 1;

/** The real surroundings of a process. */
export function processIo(): Io {
  let listening = 0;
  if (Deno.pid === FIRST_PROCESS) {
    for (const signal of SIGNALS) {
      Deno.addSignalListener(signal, () => {
        if (listening === 0) Deno.exit(meaningOf(signal) === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
      });
    }
  }
  const streams = processStreams();
  const isTerminal = terminals();
  return {
    out: (text) => streams.write("out", text),
    err: (text) => streams.write("err", text),
    paint: (text) => streams.write("err", text),
    settle: () => streams.settle(),
    limitBacklog: (bytes) => streams.limitBacklog(bytes),
    committed: () => {},
    giveUp: (name) => void Deno.permissions.revokeSync({ name }),
    outIsTerminal: isTerminal.out,
    errIsTerminal: isTerminal.err,
    inIsTerminal: Deno.stdin.isTerminal(),
    readLine: async () => {
      const buffer = new Uint8Array(1024);
      const length = await Deno.stdin.read(buffer);
      return length === null ? undefined : new TextDecoder().decode(buffer.subarray(0, length));
    },
    parallelism: Math.max(navigator.hardwareConcurrency, 2),
    now: () => Date.now(),
    uuid: () => crypto.randomUUID(),
    env: (name) => {
      try {
        return Deno.env.get(name);
      } catch {
        throw new ProvisionError(
          "FP510",
          EXIT.usage,
          `The environment variable "${name}" is not UTF-8`,
          "Variables are read as text; put bytes into a file",
        );
      }
    },
    envNames: () => {
      try {
        return Object.keys(Deno.env.toObject());
      } catch {
        // One that is not UTF-8 may have nothing to do with us; it is named when it is read.
        return [];
      }
    },
    readFile: (path) => Deno.readFile(path),
    readTextFile: (path) => Deno.readTextFile(path),
    readDirectory: async (path) => {
      const names: string[] = [];
      for await (const entry of Deno.readDir(path)) names.push(entry.name);
      return names;
    },
    stat: (path) => Deno.stat(path),
    readStdin: async () => new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer()),
    openTarget: (path, mode) => openTarget(path, mode, streams),
    realPath: (path) => Deno.realPath(path),
    makeDirectory: (path) => Deno.mkdir(path, { recursive: true }),
    onSignal: (callback) => {
      const listeners = SIGNALS.map((signal) => [signal, () => callback(meaningOf(signal))] as const);
      for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
      listening++;
      return () => {
        listening--;
        for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
      };
    },
    onUncaught: (callback) => {
      const listening = new AbortController();
      const { signal } = listening;
      addEventListener("error", (event) => {
        event.preventDefault();
        callback(event.error);
      }, { signal });
      addEventListener("unhandledrejection", (event) => {
        event.preventDefault();
        callback(event.reason);
      }, { signal });
      return () => listening.abort();
    },
  };
}
