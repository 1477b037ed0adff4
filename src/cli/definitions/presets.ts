/** `presets` on the command line. */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";

/** Adds the command; its work is loaded when it runs. */
export function definePresets(program: Command, io: Io, outcome: Outcome): void {
  program.command("presets")
    .argument("[name]", "a shipped set")
    .description("list the shipped sets, or write one to a directory to edit")
    .addOption(
      new Option(
        "--to <dir>",
        "directory for the files of the set; it may exist, its files are not overwritten",
      ),
    )
    .action(async (name, options) => {
      const { runPresets } = await import("../commands/presets.ts");
      outcome.exitCode = await runPresets(name, options, io);
    });
}
