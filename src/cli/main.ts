/** `main(args, io)`: parses, runs, turns whatever was thrown into words and an exit code. The only catch-all. */
import type { Command } from "@commander-js/extra-typings";
import { CommanderError } from "commander";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { shielded, shieldedPaint } from "../diagnostics/shield.ts";
import { bugKind, bugPlaces } from "./bug.ts";
import { argumentsFromEnvironment } from "./environment.ts";
import type { Io } from "./io.ts";
import type { Outcome } from "./outcome.ts";
import { ABOUT_ITSELF, buildProgram, onlyCommand } from "./program.ts";
import { checkVariables } from "./unknown_variables.ts";
import { usageMistake } from "./usage.ts";

/** Runs the program; gives its exit code, never throws. */
export async function main(args: readonly string[], real: Io): Promise<number> {
  const outcome: Outcome = { exitCode: EXIT.done };
  const state = { committed: false };
  const interruptible = new Set<(signal: "SIGTERM") => void>();
  const io: Io = {
    ...shieldedIo(real, () => {
      state.committed = true;
    }),
    onSignal: (callback) => {
      interruptible.add(callback);
      const stopListening = real.onSignal(callback);
      return () => {
        interruptible.delete(callback);
        stopListening();
      };
    },
  };
  const { promise: uncaught, resolve } = Promise.withResolvers<Uncaught>();
  // What comes when the run is over changes nothing of what became of it.
  const stopListening = io.onUncaught((error) =>
    resolve({
      error,
      interrupt: () => {
        const running = [...interruptible];
        running.forEach((callback) => callback("SIGTERM"));
        return running.length > 0;
      },
    })
  );
  try {
    return await finish(await run(args, io, outcome, state, uncaught), io, state);
  } finally {
    stopListening();
  }
}

/** An error that nobody caught. */
interface Uncaught {
  readonly error: unknown;
  /** Ends what the command does as a signal would: rolled back, with nothing left behind. False when it does nothing of the sort. */
  readonly interrupt: () => boolean;
}

/** A command that is interrupted has so long to end, milliseconds: longer than it waits for its server. */
const ENDING = 8_000;

/** Everything that leaves passes here, so that no command can forget to escape what a stranger named. */
function shieldedIo(io: Io, committed: () => void): Io {
  return {
    ...io,
    out: (text) => io.out(shielded(text)),
    err: (text) => io.err(shielded(text)),
    paint: (text) => io.paint(shieldedPaint(text)),
    committed,
  };
}

async function run(
  args: readonly string[],
  io: Io,
  outcome: Outcome,
  state: { readonly committed: boolean },
  uncaught: Promise<Uncaught>,
): Promise<number> {
  try {
    const program = buildProgram(io, outcome, onlyCommand(args));
    const everything = (): Command => buildProgram(io, outcome);
    const mistake = usageMistake(args, program, everything);
    if (mistake !== undefined) return usage(io, mistake);
    const given = argumentsFromEnvironment(args, program, io);
    if (!isAboutItself(args)) {
      for (const warning of checkVariables(everything, io, given.includes("--strict"))) {
        io.err(`warning: ${warning}\n`);
      }
    }
    const command = program.parseAsync(given, { from: "user" });
    const stray = await Promise.race([command.then(() => undefined), uncaught]);
    if (stray === undefined) return outcome.exitCode;
    const known = !stray.interrupt() || await endsWithin(ENDING, command);
    return bug(stray.error, io, known ? state.committed : undefined);
  } catch (error) {
    return explain(error, io, state.committed);
  }
}

/** True for help, version and completions, which read nothing and change nothing. */
function isAboutItself(args: readonly string[]): boolean {
  return args[0] === "help" || args[0] === "completions" || args.some((arg) => ABOUT_ITSELF.includes(arg));
}

function usage(io: Io, message: string): number {
  io.err(`error: ${message}\n   = hint: flagsmith-provision --help lists commands and options\n`);
  return EXIT.usage;
}

/** Waits for the streams; output that was lost is no success, but where the database was changed the code says that it was. */
async function finish(code: number, io: Io, { committed }: { readonly committed: boolean }): Promise<number> {
  const { promise: signalled, resolve } = Promise.withResolvers<"SIGINT" | "SIGTERM">();
  const stopListening = io.onSignal(resolve);
  const settled = await Promise.race([io.settle(), signalled]);
  stopListening();
  if (typeof settled === "string") return settled === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
  if (settled.out !== "failed" || (code !== EXIT.done && code !== EXIT.pending)) return code;
  io.err(
    `error: Standard output could not be written${committed ? "; the run had been committed" : ""} [FP506]\n`,
  );
  await io.settle();
  return committed ? code : EXIT.failed;
}

function explain(error: unknown, io: Io, committed: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    return usage(io, commanderWords(error));
  }
  if (error instanceof ProvisionError) {
    // Hints are about runs that came to nothing: most say that nothing was changed.
    const hint = committed ? "The run had been committed before that; log lists what it did" : error.hint;
    io.err(
      `error: ${error.message} [${error.code}]\n${hint === undefined ? "" : `   = hint: ${hint}\n`}`,
    );
    return error.exitCode;
  }
  return bug(error, io, committed);
}

/** `committed` is undefined where nobody knows. */
function bug(error: unknown, io: Io, committed: boolean | undefined): number {
  const outcome = committed === undefined
    ? "Whether a run was committed, flagsmith-provision log says"
    : committed
    ? "The run had been committed before that"
    : "If a database was being written to, the transaction was rolled back";
  io.err(
    `error: This is a bug in flagsmith-provision (${bugKind(error)}) [FP500]\n${
      bugPlaces(error)
    }\n   = hint: Please report it with these lines. ${outcome}\n`,
  );
  return EXIT.bug;
}

/** True when the work has ended, well or not, before so many milliseconds are over. */
async function endsWithin(limit: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limit);
  });
  try {
    return await Promise.race([work.then(() => true, () => true), over]);
  } finally {
    clearTimeout(timer);
  }
}

function commanderWords(error: CommanderError): string {
  const words = error.message.replace(/^error: /, "").trim();
  const capital = `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}`;
  // A refused value could be a secret that was given to the wrong option.
  const shown = error.code === "commander.invalidArgument"
    ? capital.replace(/argument '.*' is invalid/s, "argument is invalid")
    : error.code === "commander.excessArguments"
    ? capital.replace(/(but got \d+): .*/s, "$1")
    : error.code === "commander.unknownOption"
    ? capital.replace(/'(-[A-Za-z]).*'/s, "'$1'")
    : capital;
  return shown.replaceAll("\n", " ").replace(/\.$/, "");
}
