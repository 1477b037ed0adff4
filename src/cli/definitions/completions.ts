/** `completions` on the command line. */
import { Argument, type Command } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineCompletions(program: Command, io: Io, outcome: Outcome): void {
  program.command("completions")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"] as const))
    .description("print the completions of a shell, to be sourced by it")
    .action(async (shell) => {
      const { runCompletions } = await import("../commands/completions.ts");
      outcome.exitCode = runCompletions(shell, program, io);
    });
}
