/** `status` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";
import { databaseOptions, inputOptions, outputOptions } from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineStatus(program: Command, io: Io, outcome: Outcome): void {
  program.command("status")
    .description(
      "compare files, log and live rows: in sync, drifted, renamed, missing, changed or not in files",
    )
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(new Option("--detailed-exitcode", "exit with 2 when something is not in sync"))
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .addOption(outputOptions.format())
    .addOption(outputOptions.quiet())
    .addOption(new Option("-v, --verbose", "also print a line for what is in sync"))
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runStatus } = await import("../commands/status.ts");
      outcome.exitCode = await runStatus(options, io);
    });
}
