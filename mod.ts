/**
 * `flagsmith-provision`: makes a Flagsmith instance match YAML files, directly in its PostgreSQL database.
 *
 * @module
 */
import { processIo } from "./src/cli/io.ts";
import { main } from "./src/cli/main.ts";

export type { Io } from "./src/cli/io.ts";
export type { Right } from "./src/cli/rights.ts";
export type { StreamFailure, StreamFailures, StreamName } from "./src/cli/streams.ts";
export type { WrittenFile } from "./src/cli/written_file.ts";
export type { SourceIo } from "./src/source/sources.ts";
export { main, processIo };

if (import.meta.main) Deno.exit(await main(Deno.args, processIo()));
