/**
 * `flagsmith-provision`: reads YAML and makes a Flagsmith instance so, straight in its PostgreSQL database.
 *
 * @module
 */
import { processIo } from "./src/cli/io.ts";
import { main } from "./src/cli/main.ts";

export type { Io } from "./src/cli/io.ts";
export type { SourceIo } from "./src/source/sources.ts";
export { main, processIo };

if (import.meta.main) Deno.exit(await main(Deno.args, processIo()));
