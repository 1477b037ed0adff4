/** The command tree. Actions load their work lazily, so that `--help` never loads YAML, zod or the driver. */
import { Command } from "@commander-js/extra-typings";
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
  defineSchema,
  defineCompletions,
];

/** Builds the program. Actions put their exit code into `outcome`. */
export function buildProgram(io: Io, outcome: Outcome): Command {
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

  for (const define of DEFINITIONS) define(program, io, outcome);
  program.hook("preAction", (_program, command) => {
    for (const right of unneededRights(command)) io.giveUp(right);
  });

  for (const { command } of allCommands(program)) {
    for (const option of command.options) option.description += ` (env: ${envName(option.long ?? "")})`;
    command.allowExcessArguments(false);
  }
  return program;
}
