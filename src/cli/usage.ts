/** Mistakes on the command line that the parser would let pass, or would repeat together with a value. */
import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import { didYouMean } from "../diagnostics/suggest.ts";
import { allCommands, commandOf } from "./command_tree.ts";

type Option = CommandUnknownOpts["options"][number];

/**
 * The first mistake in the arguments, in words for people, or undefined. No value is ever repeated: it could be a
 * password that slipped behind the wrong option. `--outputs --dry-run` is refused, because a file of the name `--dry-run`
 * is never meant, and the run would not be a dry one. `program` may have only the command that is named; `everything` builds the
 * one with all, for an option that belongs to another.
 */
export function usageMistake(
  args: readonly string[],
  program: Command,
  everything: () => Command,
): string | undefined {
  const [first] = args;
  const names = [...program.commands.flatMap((c) => [c.name(), ...c.aliases()]), "help"];
  if (first !== undefined && !first.startsWith("-") && !names.includes(first)) {
    return unknown("command", first, names);
  }
  if (first === "help") {
    const about = args[1];
    return about === undefined || names.includes(about) ? undefined : unknown("command", about, names);
  }
  const { command, depth } = commandOf(args, program);
  if (command === undefined) return undefined;
  const rest = args.slice(depth);
  const [word] = rest;
  if (command.commands.length > 0 && word !== undefined && !word.startsWith("-")) {
    return unknown(`${command.name()} command`, word, command.commands.map((c) => c.name()));
  }
  return optionMistake(rest, command, everything);
}

function optionMistake(
  args: readonly string[],
  command: CommandUnknownOpts,
  everything: () => Command,
): string | undefined {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return undefined;
    const [name = "", ...value] = arg.split("=");
    if (/\.(ya?ml|json)$/i.test(arg) && !arg.startsWith("-") && command.registeredArguments.length === 0) {
      return "A file is named with --file FILE, or -f FILE";
    }
    if (!arg.startsWith("-") || arg === "-" || ["--help", "-h", "--version", "-V"].includes(name)) continue;
    const option = command.options.find((o) => o.long === name || o.short === arg);
    if (option === undefined) {
      // Short options may stand together (`-qv`, `-fFILE`); the parser knows them all.
      if (arg.startsWith("--")) return unknownOption(name, command, everything());
    } else if (!takesValue(option)) {
      if (value.length > 0) return `Option "${name}" takes no value`;
    } else if (value.length === 0) {
      const next = args[at + 1];
      if (next === undefined) return `Option "${name}" needs a value`;
      if (isOption(next, command)) {
        return `Option "${name}" needs a value, and "${next.split("=")[0]}" is an option`;
      }
      at++;
    }
  }
  return undefined;
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function isOption(arg: string, command: CommandUnknownOpts): boolean {
  return arg.startsWith("--") || command.options.some((o) => o.short === arg);
}

function unknownOption(name: string, command: CommandUnknownOpts, program: Command): string {
  const all = allCommands(program);
  const other = all.find((c) => c.command.options.some((o) => o.long === name));
  if (other !== undefined) {
    return `Option "${name}" belongs to ${other.words.join(" ")}, not to ${wordsOf(command)}`;
  }
  return unknown("option", name, command.options.flatMap((o) => o.long ?? []));
}

/** The words that name a command, without the program's. */
function wordsOf(command: CommandUnknownOpts): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${wordsOf(parent)} ${command.name()}`;
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const shown = /^[a-z-]{1,40}$/i.test(word) ? ` "${word}"` : "";
  const near = didYouMean(word, known);
  return `Unknown ${what}${shown}${near === undefined ? "" : `. ${near}`}`;
}
