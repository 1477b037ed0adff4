/** `schema`: what an editor needs to complete and check files while they are written. */
import { documentSchema } from "../../declarations/json_schema.ts";
import { EXIT } from "../../diagnostics/error.ts";
import { safeJson } from "../../diagnostics/shield.ts";
import type { Io } from "../io.ts";

/** Prints the schema; gives the exit code. */
export function runSchema(io: Io): number {
  io.out(`${safeJson(documentSchema(), 2)}\n`);
  return EXIT.done;
}
