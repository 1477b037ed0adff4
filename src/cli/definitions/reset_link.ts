/** `reset-link` on the command line. */
import { Argument, type Command } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";
import { databaseOptions } from "./shared.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineResetLink(program: Command, io: Io, outcome: Outcome): void {
  program.command("reset-link")
    .description("print a fresh password-reset link for an existing user")
    .addArgument(new Argument("<email>", "address of the user"))
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.connectTimeout())
    .addOption(databaseOptions.wait())
    .addOption(databaseOptions.waitFor())
    .action(async (email, options) => {
      const { runResetLink } = await import("../commands/reset_link.ts");
      outcome.exitCode = await runResetLink(email, options, io);
    });
}
