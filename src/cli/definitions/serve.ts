/** `serve` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import { parseDuration, parseListen, parseUpstreamUrl } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import { columnOptions, databaseOptions, inputOptions, linkOptions, outputOptions } from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineServe(program: Command, io: Io, outcome: Outcome): void {
  program.command("serve")
    .description(
      "answer Flagsmith's E2E teardown-and-reseed endpoint; with --upstream send the rest to the API",
    )
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(
      new Option("--listen <address>", "host and port to listen on; port 0 takes a free one").argParser(
        parseListen,
      ).default({ host: "127.0.0.1", port: 8001 }, "127.0.0.1:8001"),
    )
    .addOption(
      new Option("--upstream <url>", "server that receives all other requests; without one, 404").argParser(
        parseUpstreamUrl,
      ),
    )
    .addOption(
      new Option(
        "--upstream-timeout <duration>",
        "how long the upstream may take to begin its answer",
      ).argParser(parseDuration).default(300_000, "5m"),
    )
    .addOption(
      new Option(
        "--take-over",
        "a reset removes declared users and organisations first, whoever created them (on in set e2e)",
      ),
    )
    .addOption(
      new Option("--grace <duration>", "how long a running reset may take to end after SIGTERM").argParser(
        parseDuration,
      ).default(5_000, "5s"),
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
    .addOption(outputOptions.quiet())
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runServe } = await import("../commands/serve.ts");
      outcome.exitCode = await runServe(options, io);
    });
}
