/** `validate` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";
import { inputOptions, outputOptions } from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineValidate(program: Command, io: Io, outcome: Outcome): void {
  program.command("validate")
    .description("check everything that can be checked without a database")
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(new Option("--mock-env", "placeholders for variables that are not set"))
    .addOption(new Option("--closed", "a reference that no file declares is an error"))
    .addOption(outputOptions.format())
    .addOption(outputOptions.quiet())
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runValidate } = await import("../commands/validate.ts");
      outcome.exitCode = await runValidate(options, io);
    });
}
