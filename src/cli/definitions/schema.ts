/** `schema` on the command line. */
import type { Command } from "@commander-js/extra-typings";
import type { Io } from "../io.ts";
import type { Outcome } from "../outcome.ts";

/** Adds the command; its work is loaded when it runs. */
export function defineSchema(program: Command, io: Io, outcome: Outcome): void {
  program.command("schema")
    .description("print the JSON Schema of the files, for editors")
    .action(async () => {
      const { runSchema } = await import("../commands/schema.ts");
      outcome.exitCode = runSchema(io);
    });
}
