/** `teardown` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import { collect } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import { columnOptions, databaseOptions, linkOptions, NO_TEXTS, outputOptions } from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineTeardown(program: Command, io: Io, outcome: Outcome): void {
  program.command("teardown")
    .alias("destroy")
    .description("undo, exactly: delete the rows the log says this tool inserted, restore what it updated")
    .addOption(new Option("--all", "everything that the log holds"))
    .addOption(new Option("--run <id>", "what one run did; its id in the log"))
    .addOption(
      new Option("--address <address>", "one entity and what this tool made below it; repeatable").argParser(
        collect,
      )
        .default(NO_TEXTS, "none"),
    )
    .addOption(new Option("--cascade", "also remove what others created or changed below"))
    .addOption(new Option("--dry-run", "run the same statements, then roll back"))
    .addOption(new Option("-y, --yes", "do not ask"))
    .addOption(columnOptions.columnDefault())
    .addOption(columnOptions.columnDefaults())
    .addOption(linkOptions.unlink())
    .addOption(linkOptions.cascadeThrough())
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .addOption(outputOptions.format())
    .addOption(outputOptions.quiet())
    .addOption(outputOptions.verbose())
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runTeardown } = await import("../commands/teardown.ts");
      outcome.exitCode = await runTeardown(options, io);
    });
}
