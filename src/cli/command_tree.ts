/** Walking the command tree. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Every command with its words, `log` before `log init`; in the order of the help. */
export function allCommands(
  program: CommandUnknownOpts,
): readonly { readonly words: readonly string[]; readonly command: CommandUnknownOpts }[] {
  return program.commands.flatMap((command) => [
    { words: [command.name()], command },
    ...allCommands(command).map((below) => ({ ...below, words: [command.name(), ...below.words] })),
  ]);
}

/** The command that arguments begin with, and how many of them are its words; `apply` when they name none. */
export function commandOf(
  args: readonly string[],
  program: CommandUnknownOpts,
): { readonly command: CommandUnknownOpts | undefined; readonly depth: number } {
  const named = (within: CommandUnknownOpts, word: string | undefined): CommandUnknownOpts | undefined =>
    within.commands.find((c) => c.name() === word || (word !== undefined && c.aliases().includes(word)));
  const first = named(program, args[0]);
  if (first === undefined) return { command: named(program, "apply"), depth: 0 };
  const second = named(first, args[1]);
  return second === undefined ? { command: first, depth: 1 } : { command: second, depth: 2 };
}
