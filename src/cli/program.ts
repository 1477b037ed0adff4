/** The command tree. Actions load their work lazily, so that `--help` never loads YAML, zod or the driver. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { TOOL_VERSION } from "../diagnostics/version.ts";
import { defineAdopt } from "./definitions/adopt.ts";
import { defineApply } from "./definitions/apply.ts";
import { defineExport } from "./definitions/export.ts";
import { defineLog } from "./definitions/log.ts";
import { definePlan } from "./definitions/plan.ts";
import { definePresets } from "./definitions/presets.ts";
import { defineReset } from "./definitions/reset.ts";
import { defineResetLink } from "./definitions/reset_link.ts";
import { defineServe } from "./definitions/serve.ts";
import { defineStatus } from "./definitions/status.ts";
import { defineTeardown } from "./definitions/teardown.ts";
import { defineValidate } from "./definitions/validate.ts";
import type { Io } from "./io.ts";
import { envName } from "./options.ts";

/** Stores the exit code that an action decided on. */
export interface Outcome {
  exitCode: number;
}

/** The commands, in the order of the help. */
const DEFINITIONS = [
  defineApply,
  defineValidate,
  definePlan,
  defineStatus,
  defineLog,
  defineAdopt,
  defineExport,
  defineTeardown,
  defineReset,
  defineServe,
  defineResetLink,
  definePresets,
];

/** Builds the program. Actions put their exit code into `outcome`. */
export function buildProgram(io: Io, outcome: Outcome): Command {
  const program: Command = new Command("flagsmith-provision")
    .description("Reads YAML and makes a Flagsmith instance so, straight in its PostgreSQL database.")
    .version(TOOL_VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showSuggestionAfterError(true)
    .exitOverride()
    // Without it an option behind `log init` would be taken for one of `log`.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: () => {},
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      "after",
      "\nWithout a command it is apply. Every option has an environment variable FLAGSMITH_PROVISION_…, shown in the help of its command.",
    );

  for (const define of DEFINITIONS) define(program, io, outcome);

  for (const { command } of allCommands(program)) {
    for (const option of command.options) option.description += ` (env: ${envName(option.long ?? "")})`;
    command.allowExcessArguments(false);
  }
  return program;
}

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
