/** Runs of the commands that keep the log: under the tool's lock, with the words that the log has for them. */
import type { Catalog } from "../database/catalog.ts";
import type { RunFacts } from "../log/events.ts";
import { readLogHead } from "../log/head.ts";
import { type LockedRun, runLocked } from "../log/run.ts";
import type { Statement } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { Needs, type TableRight } from "../database/needs.ts";
import type { MayNeed } from "../database/session.ts";
import { LOG_TABLE } from "../log/table.ts";
import { headNeeds } from "../log/head_needs.ts";
import { TOOL_VERSION } from "../diagnostics/version.ts";
import { LEARNED_LATE } from "../report/result_notes.ts";
import { connect, type ConnectOptions, reconnect } from "./connect.ts";
import type { Io } from "./io.ts";
import { withSignals } from "./signals.ts";

/** Options that all of them have. */
export interface LogRunOptions extends ConnectOptions {
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly quiet?: true | undefined;
}

/** What a body gets. */
export interface LogRun {
  readonly ask: Ask;
  readonly catalog: Catalog;
  readonly facts: RunFacts;
}

/** Runs `body` in one transaction, then `report` with what it gave; the exit code is `report`'s. */
export async function withLogRun<R>(
  options: LogRunOptions & { readonly dryRun?: true | undefined },
  io: Io,
  how: {
    readonly source: string;
    readonly proof?: (schema: string) => Statement;
    /** Rights on the log's table beside those to read it and append to it. */
    readonly rights?: readonly TableRight[];
  },
  body: (run: LogRun) => Promise<{ readonly result: R; readonly write: boolean }>,
  report: (result: R) => number,
): Promise<number> {
  const mayNeed = logNeeds(how.rights);
  const session = await connect(options, io, "log", mayNeed);
  let written = false;
  const run = {
    dryRun: options.dryRun === true,
    lockTimeout: options.lockTimeout,
    command: "log",
    toolVersion: TOOL_VERSION,
    source: how.source,
    reopen: () => reconnect(options, io, "log", mayNeed),
    uuid: io.uuid,
    onCommit: (): void => {
      written = true;
      io.committed();
    },
    ...(how.proof === undefined ? {} : { proof: how.proof }),
  };
  return await withSignals(session, io, undefined, async () => {
    const { result, confirmedAfterReconnect } = await runLocked(
      session,
      run,
      async ({ ask, runId }: LockedRun) => {
        const catalog = await readLogHead(ask);
        return await body({ ask, catalog, facts: { ...run, runId, schemaRelease: catalog.release } });
      },
    );
    if (confirmedAfterReconnect) io.err(`note: ${LEARNED_LATE}\n`);
    return report(result);
  }, () => written);
}

function logNeeds(rights: readonly TableRight[] = []): MayNeed {
  return () =>
    Promise.resolve({
      looks: headNeeds(),
      removing: new Needs(),
      writing: new Needs().add(LOG_TABLE, "SELECT", "INSERT", ...rights),
      creates: LOG_TABLE,
    });
}
