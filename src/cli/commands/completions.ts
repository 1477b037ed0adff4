/** `completions`: the script that makes a shell complete commands, options and values. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT } from "../../diagnostics/error.ts";
import { bashCompletions } from "../completions/bash.ts";
import { type CommandWords, commandWords } from "../completions/command_words.ts";
import { fishCompletions } from "../completions/fish.ts";
import { zshCompletions } from "../completions/zsh.ts";
import type { Io } from "../io.ts";

/** The shells, each with the function that makes its script. */
export const COMPLETIONS = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
} satisfies Record<string, (commands: readonly CommandWords[]) => string>;

/** Prints the script; gives the exit code. */
export function runCompletions(shell: keyof typeof COMPLETIONS, program: CommandUnknownOpts, io: Io): number {
  io.out(COMPLETIONS[shell](commandWords(program)));
  return EXIT.done;
}
