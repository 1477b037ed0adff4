/** `apply` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import { parseDuration, parseListen } from "../options.ts";
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
export function defineApply(program: Command, io: Io, outcome: Outcome): void {
  program.command("apply", { isDefault: true })
    .description("create what is missing, skip what exists (or update it, if the file asks)")
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(new Option("--dry-run", "run the same statements, then roll back"))
    .addOption(new Option("--allow-delete", "allow ensure: absent to delete, with everything below"))
    .addOption(inputOptions.onExists())
    .addOption(
      new Option("--plan <file>", "apply only a plan that plan --out saved, and only while it still holds"),
    )
    .addOption(
      new Option("--watch", "apply again whenever the files change, every --interval and after failures"),
    )
    .addOption(
      new Option("--interval <duration>", "with --watch: time between runs; 0s: only when files change")
        .argParser(parseDuration).default(60_000, "60s"),
    )
    .addOption(
      new Option("--listen <address>", "with --watch: answer /health, /ready, /metrics and POST /reload here")
        .argParser(parseListen),
    )
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
      if (options.watch === true) {
        const { runWatch } = await import("../commands/watch.ts");
        outcome.exitCode = await runWatch(options, io);
      } else {
        const { runApply } = await import("../commands/apply.ts");
        outcome.exitCode = await runApply(options, io);
      }
    });
}
