/** `reset` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";
import {
  columnOptions,
  databaseOptions,
  inputOptions,
  linkOptions,
  outputOptions,
  outputsFileOptions,
} from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineReset(program: Command, io: Io, outcome: Outcome): void {
  program.command("reset")
    .description("tear down what the files own and apply them again, in one transaction")
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(
      new Option(
        "--take-over",
        "remove declared users and organisations first, whoever created them (on in set e2e)",
      ),
    )
    .addOption(
      new Option("--flush", "empty all tables first; needs --yes and ENABLE_LOCAL_DATABASE_RESET=true"),
    )
    .addOption(new Option("-y, --yes", "do not ask before --flush"))
    .addOption(new Option("--dry-run", "run the same statements, then roll back"))
    .addOption(columnOptions.columnDefault())
    .addOption(columnOptions.columnDefaults())
    .addOption(linkOptions.unlink())
    .addOption(linkOptions.cascadeThrough())
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .addOption(outputsFileOptions.outputs())
    .addOption(outputsFileOptions.outputsFormat())
    .addOption(outputsFileOptions.outputsMode())
    .addOption(outputsFileOptions.outputsForce())
    .addOption(outputsFileOptions.resetLinks())
    .addOption(outputOptions.format())
    .addOption(outputOptions.quiet())
    .addOption(outputOptions.verbose())
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runReset } = await import("../commands/reset.ts");
      outcome.exitCode = await runReset(options, io);
    });
}
