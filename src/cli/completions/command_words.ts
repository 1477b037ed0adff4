/** The command tree as data: what completions and the man page are made from, so that they cannot differ from the help. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { PRESET_NAMES } from "../../presets/names.ts";
import { allCommands } from "../command_tree.ts";
import { envName } from "../options.ts";

/** What may follow an option or a command. */
export type ValueWords =
  | { readonly kind: "none" }
  | { readonly kind: "file" }
  | { readonly kind: "directory" }
  | { readonly kind: "choices"; readonly choices: readonly string[] }
  | { readonly kind: "text" };

/** One option of a command. */
export interface OptionWords {
  /** With its dashes: `--directory`. */
  readonly long: string;
  /** With its dash: `-d`. */
  readonly short: string | undefined;
  /** The value as the help names it (`<dir>`); empty for a switch. */
  readonly placeholder: string;
  readonly value: ValueWords;
  readonly description: string;
  /** The environment variable that stands for it. */
  readonly variable: string;
}

/** One command. */
export interface CommandWords {
  /** `["log", "init"]`. */
  readonly words: readonly string[];
  readonly aliases: readonly string[];
  readonly description: string;
  readonly options: readonly OptionWords[];
  readonly operand: { readonly name: string; readonly value: ValueWords } | undefined;
  /** Names of the commands below it. */
  readonly commands: readonly string[];
}

/** Every command in the order of the help. */
export function commandWords(program: CommandUnknownOpts): readonly CommandWords[] {
  return allCommands(program).map(({ words, command }) => {
    const [argument] = command.registeredArguments;
    return {
      words,
      aliases: command.aliases(),
      description: command.description(),
      options: command.options.map((option): OptionWords => {
        const long = option.long ?? "";
        const placeholder = /<[^>]*>/.exec(option.flags)?.[0] ?? "";
        return {
          long,
          short: option.short,
          placeholder,
          value: valueOf(placeholder, option.argChoices, long === "--preset"),
          description: option.description.replace(/ \(env: \w+\)$/, ""),
          variable: envName(long),
        };
      }),
      operand: argument === undefined ? undefined : {
        name: argument.name(),
        value: valueOf(`<${argument.name()}>`, argument.argChoices, command.name() === "presets"),
      },
      commands: command.commands.map((below) => below.name()),
    };
  });
}

function valueOf(placeholder: string, choices: readonly string[] | undefined, isPreset: boolean): ValueWords {
  if (choices !== undefined) return { kind: "choices", choices };
  if (isPreset) return { kind: "choices", choices: PRESET_NAMES };
  if (placeholder === "") return { kind: "none" };
  if (/^<(file|path)\b/.test(placeholder)) return { kind: "file" };
  return { kind: /^<dir/.test(placeholder) ? "directory" : "text" };
}
