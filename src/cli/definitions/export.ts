/** `export` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";
import { databaseOptions, inputOptions, outputOptions } from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineExport(program: Command, io: Io, outcome: Outcome): void {
  program.command("export")
    .description("write a live organisation (or project) as minimal YAML that applies cleanly elsewhere")
    .addOption(
      new Option("--organisation <name>", "organisation to write").makeOptionMandatory(),
    )
    .addOption(new Option("--project <name>", "only this project, with the users and groups that it names"))
    .addOption(
      new Option(
        "--merge-into <dir>",
        "update the files of this directory instead: what says the same stays as it is written",
      ),
    )
    .addOption(inputOptions.strict())
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .addOption(new Option("-q, --quiet", "print no warnings and notes"))
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runExport } = await import("../commands/export.ts");
      outcome.exitCode = await runExport(options, io);
    });
}
