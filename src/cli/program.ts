/** The command tree. Actions load their work lazily, so that `--help` never loads YAML, zod or the driver. */
import { Command } from "@commander-js/extra-typings";
import { lookup } from "../diagnostics/lookup.ts";
import { TOOL_VERSION } from "../diagnostics/version.ts";
import { defineAdopt } from "./definitions/adopt.ts";
import { defineApply } from "./definitions/apply.ts";
import { defineCompletions } from "./definitions/completions.ts";
import { defineExport } from "./definitions/export.ts";
import { defineLog } from "./definitions/log.ts";
import { definePlan } from "./definitions/plan.ts";
import { definePresets } from "./definitions/presets.ts";
import { defineReset } from "./definitions/reset.ts";
import { defineResetLink } from "./definitions/reset_link.ts";
import { defineSchema } from "./definitions/schema.ts";
import { defineServe } from "./definitions/serve.ts";
import { defineStatus } from "./definitions/status.ts";
import { defineTeardown } from "./definitions/teardown.ts";
import { defineValidate } from "./definitions/validate.ts";
import { allCommands } from "./command_tree.ts";
import type { Io } from "./io.ts";
import { envName } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { unneededRights } from "./rights.ts";

/** The commands, in the order of the help. */
const DEFINITIONS = lookup<(program: Command, io: Io, outcome: Outcome) => void>({
  apply: defineApply,
  validate: defineValidate,
  plan: definePlan,
  status: defineStatus,
  log: defineLog,
  adopt: defineAdopt,
  export: defineExport,
  teardown: defineTeardown,
  reset: defineReset,
  serve: defineServe,
  "reset-link": defineResetLink,
  presets: definePresets,
  schema: defineSchema,
  completions: defineCompletions,
});

/**
 * The one command that arguments are for, by its first word: no other needs to be built, which takes a few milliseconds of each
 * run. Undefined where others show: in the help of the program, in completions, beside a word that is no command.
 */
export function onlyCommand(args: readonly string[]): string | undefined {
  const [first = ""] = args;
  if (first === "completions") return undefined;
  if (DEFINITIONS[first] !== undefined) return first;
  const isApply = (first === "" || first.startsWith("-")) && !args.some((arg) => ABOUT_ITSELF.includes(arg));
  return isApply ? "apply" : undefined;
}

/** Options that print what the program is and end it. */
export const ABOUT_ITSELF: readonly string[] = ["-h", "--help", "-V", "--version"];

/** Builds the program, with all commands or with one of `onlyCommand()`. Actions put their exit code into `outcome`. */
export function buildProgram(io: Io, outcome: Outcome, only?: string): Command {
  const program: Command = new Command("flagsmith-provision")
    .description("Makes a Flagsmith instance match YAML files, directly in its PostgreSQL database.")
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

  for (const [name, define] of Object.entries(DEFINITIONS)) {
    if (only === undefined || name === only) define(program, io, outcome);
  }
  program.hook("preAction", (_program, command) => {
    for (const right of unneededRights(command)) io.giveUp(right);
  });

  for (const { command } of allCommands(program)) {
    for (const option of command.options) option.description += ` (env: ${envName(option.long ?? "")})`;
    command.allowExcessArguments(false);
  }
  return program;
}
