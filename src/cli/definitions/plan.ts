/** `plan` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";
import { columnOptions, databaseOptions, inputOptions, linkOptions, outputOptions } from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function definePlan(program: Command, io: Io, outcome: Outcome): void {
  program.command("plan")
    .description("show what apply would do, without writing; a database role that may SELECT is enough")
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(inputOptions.onExists())
    .addOption(new Option("--detailed-exitcode", "exit with 2 when there are changes"))
    .addOption(new Option("--out <file>", "save the plan for apply --plan"))
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
    .addOption(
      new Option(
        "-v, --verbose",
        "also print a line for what is skipped, and for members, subscriptions and the like",
      ),
    )
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runPlan } = await import("../commands/plan.ts");
      outcome.exitCode = await runPlan(options, io);
    });
}
