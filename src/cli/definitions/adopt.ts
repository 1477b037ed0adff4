/** `adopt` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";
import { databaseOptions, inputOptions, outputOptions } from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineAdopt(program: Command, io: Io, outcome: Outcome): void {
  program.command("adopt")
    .description("take live entities that match the files into the log as not owned: never torn down")
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(new Option("--dry-run", "run the same statements, then roll back"))
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .addOption(outputOptions.format())
    .addOption(outputOptions.quiet())
    .addOption(new Option("-v, --verbose", "print a line for what the log knew already, too"))
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runAdopt } = await import("../commands/adopt.ts");
      outcome.exitCode = await runAdopt(options, io);
    });
}
