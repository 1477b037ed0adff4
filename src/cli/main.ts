/** `main(args, io)`: parses, runs, turns whatever was thrown into words and an exit code. The only catch-all. */
import { CommanderError } from "commander";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { bugKind, bugPlaces } from "./bug.ts";
import { argumentsFromEnvironment } from "./environment.ts";
import type { Io } from "./io.ts";
import type { Outcome } from "./outcome.ts";
import { buildProgram } from "./program.ts";
import { usageMistake } from "./usage.ts";

/** Runs the program; gives its exit code, never throws. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const outcome: Outcome = { exitCode: EXIT.done };
  try {
    const program = buildProgram(io, outcome);
    const mistake = usageMistake(args, program);
    if (mistake !== undefined) return usage(io, mistake);
    await program.parseAsync(argumentsFromEnvironment(args, program, io), { from: "user" });
    return outcome.exitCode;
  } catch (error) {
    return explain(error, io);
  }
}

function usage(io: Io, message: string): number {
  io.err(`error: ${message}\n   = hint: flagsmith-provision --help lists commands and options\n`);
  return EXIT.usage;
}

function explain(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    return usage(io, commanderWords(error));
  }
  if (error instanceof ProvisionError) {
    io.err(
      `error: ${error.message} [${error.code}]\n${
        error.hint === undefined ? "" : `   = hint: ${error.hint}\n`
      }`,
    );
    return error.exitCode;
  }
  io.err(
    `error: This is a bug in flagsmith-provision (${bugKind(error)}) [FP500]\n${
      bugPlaces(error)
    }\n   = hint: Please report it with these lines. If a database was being written to, the transaction was rolled back\n`,
  );
  return EXIT.bug;
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
