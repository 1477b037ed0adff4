/** `log` and its commands on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import { EVENT_NAMES } from "../../log/event_names.ts";
import type { Io } from "../io.ts";
import { collect, parseLimit, parseMoment } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import { databaseOptions, NO_TEXTS, outputOptions } from "./shared.ts";

/** Adds the commands; the help of each shows its own options only. Their work is loaded when they run. */
export function defineLog(program: Command, io: Io, outcome: Outcome): void {
  const log = program.command("log")
    // Options behind the name of a command belong to that command.
    .enablePositionalOptions()
    .helpCommand(false)
    .description("list what this tool did to the database: actions by run, newest first")
    .addOption(new Option("--runs", "a line a run instead of a line an action"))
    .addOption(
      new Option("--run <id>", "only this run; repeatable").argParser(collect).default(NO_TEXTS, "all"),
    )
    .addOption(
      new Option("--address <address>", "only this entity; repeatable").argParser(collect)
        .default(NO_TEXTS, "all"),
    )
    .addOption(
      new Option("--kind <kind>", "only entities of this kind; repeatable").argParser(collect)
        .default(NO_TEXTS, "all"),
    )
    .addOption(
      new Option("--event <event>", `only this event (${EVENT_NAMES.join(", ")}); repeatable`)
        .argParser(collect).default(NO_TEXTS, "all"),
    )
    .addOption(
      new Option("--since <time>", "not before: 2026-01-31, 2026-01-31T12:00:00Z, or 24h ago as 24h")
        .argParser(
          parseMoment,
        ),
    )
    .addOption(new Option("--until <time>", "before this time").argParser(parseMoment))
    .addOption(
      new Option("--limit <count>", "maximum number of entries; all for everything").argParser(parseLimit)
        .default(
          100,
          "100",
        ),
    )
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .addOption(outputOptions.format())
    .addOption(outputOptions.quiet())
    .addOption(new Option("-v, --verbose", "print the rows of each action too"))
    .action(async (options) => {
      const { runLog } = await import("../commands/log.ts");
      outcome.exitCode = await runLog(options, io);
    });

  log.command("init")
    .configureHelp({ showGlobalOptions: false })
    .description("create the log's table, or bring it up to date; afterwards no command needs DDL rights")
    .addOption(
      new Option("--grant <role>", "let this role read the log and append to it; repeatable").argParser(
        collect,
      ).default(NO_TEXTS, "none"),
    )
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .addOption(outputOptions.quiet())
    .action(async (options) => {
      const { runLogInit } = await import("../commands/log_init.ts");
      outcome.exitCode = await runLogInit(options, io);
    });

  log.command("prune")
    .configureHelp({ showGlobalOptions: false })
    .description("drop the events of entities that are gone; only the owner of the log's table may")
    .addOption(
      new Option("--before <time>", "only of entities with no event since: 2026-01-31 or 24h").argParser(
        parseMoment,
      ),
    )
    .addOption(new Option("--dry-run", "run the same statements, then roll back"))
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .addOption(outputOptions.quiet())
    .action(async (options) => {
      const { runLogPrune } = await import("../commands/log_prune.ts");
      outcome.exitCode = await runLogPrune(options, io);
    });

  for (const protect of [true, false]) {
    log.command(protect ? "protect" : "unprotect")
      .configureHelp({ showGlobalOptions: false })
      .description(
        protect ? "refuse every teardown and reset of this instance" : "let it be torn down and reset again",
      )
      .addOption(databaseOptions.databaseUrl())
      .addOption(databaseOptions.lockTimeout())
      .addOption(databaseOptions.connectTimeout())
      .addOption(databaseOptions.wait())
      .addOption(databaseOptions.waitFor())
      .addOption(outputOptions.quiet())
      .action(async (options) => {
        const { runLogProtect } = await import("../commands/log_protect.ts");
        outcome.exitCode = await runLogProtect(protect, options, io);
      });
  }
}
