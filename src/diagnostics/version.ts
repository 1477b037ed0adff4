/** The version of the tool: what `--version` prints and the log records. It is in `deno.json`. */
import config from "../../deno.json" with { type: "json" };

/** Semantic version of this release. */
export const TOOL_VERSION: string = config.version;
