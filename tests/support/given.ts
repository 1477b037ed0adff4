/** Beginnings that tests share (`DatabaseOptions.given`). */
import type { Given } from "./database.ts";
import { loadRecording } from "./recordings.ts";
import { type Replay, replayRecording } from "./replay_recording.ts";
import { applyDocuments, runCli } from "./run_cli.ts";

/** Documents that are applied one after the other. */
export function applied(documents: readonly unknown[]): Given {
  return {
    key: `apply ${JSON.stringify(documents)}`,
    prepare: ({ url }) => applyDocuments(documents, { databaseUrl: url }),
  };
}

/** A run of the program with these arguments. */
export function ran(args: readonly string[]): Given {
  return {
    key: `run ${JSON.stringify(args)}`,
    prepare: async ({ url }) => {
      const { code, out, err } = await runCli(args, { databaseUrl: url });
      if (code !== 0) throw new Error(`${args.join(" ")} exits with ${code}\n${out}${err}`);
    },
  };
}

/** Recordings that are replayed one after the other, by name. */
export function replayed(...names: readonly string[]): Given {
  return {
    key: `replay ${JSON.stringify(names)}`,
    prepare: async ({ sql }) => {
      let replay: Replay | undefined;
      for (const name of names) replay = await replayRecording(sql, await loadRecording(name), replay);
    },
  };
}
