/** `teardown`: undoes what the log says this tool did. */
import { readCatalog } from "../../database/catalog.ts";
import { catalogStatements } from "../../log/catalog.ts";
import { readOnly } from "../../database/ask.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { TOOL_VERSION } from "../../diagnostics/version.ts";
import { refuseProtected } from "../../log/protect.ts";
import { refusalLines, teardownJson, teardownLines, teardownNotes } from "../../report/teardown_lines.ts";
import {
  type Selection,
  teardown,
  type TeardownOptions,
  type TeardownResult,
} from "../../teardown/teardown.ts";
import { teardownNeeds } from "../../teardown/teardown_needs.ts";
import { confirm } from "../confirm.ts";
import { type ColumnOptions, type LinkOptions, readColumnDefaults } from "../column_defaults.ts";
import { connect, type ConnectOptions, reconnect } from "../connect.ts";
import type { Io } from "../io.ts";
import { present } from "../present.ts";
import { startProgress } from "../progress.ts";
import { runIdOf } from "../run_id.ts";
import type { ShowOptions } from "../show.ts";
import { withSignals } from "../signals.ts";

/** Options of the command. */
export interface TeardownCommandOptions extends ConnectOptions, ShowOptions, ColumnOptions, LinkOptions {
  readonly all?: true | undefined;
  readonly run?: string | undefined;
  readonly address: readonly string[];
  readonly cascade?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly yes?: true | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly verbose?: true | undefined;
}

/** Runs the command; gives the exit code. */
export async function runTeardown(options: TeardownCommandOptions, io: Io): Promise<number> {
  const selection = selectionOf(options);
  const columnDefaults = await readColumnDefaults(options, io);
  const mayNeed = teardownNeeds(selection, options);
  const session = await connect(options, io, "teardown", mayNeed);
  let written = false;
  return await withSignals(session, io, undefined, async () => {
    const ask = readOnly(session, options.lockTimeout);
    const catalog = readCatalog(await ask("read the schema", catalogStatements([])));
    await refuseProtected(
      ask,
      catalog.logVersion === 0 ? undefined : catalog.schema,
      io.env("FLAGSMITH_PROVISION_PROTECT"),
    );
    const run = (dryRun: boolean): Promise<TeardownResult> => {
      const progress = startProgress(options, io);
      const runOptions: TeardownOptions = {
        dryRun,
        lockTimeout: options.lockTimeout,
        command: "teardown",
        toolVersion: TOOL_VERSION,
        source: words(selection),
        reopen: () => reconnect(options, io, "teardown", mayNeed),
        uuid: io.uuid,
        onCommit: () => {
          written = true;
          io.committed();
        },
        cascade: options.cascade === true,
        columnDefaults,
        links: options,
        onPhase: progress.phase,
      };
      return teardown(session, selection, runOptions).finally(progress.end);
    };
    if (options.dryRun !== true && options.yes !== true) {
      const preview = io.inIsTerminal && io.errIsTerminal ? await run(true) : undefined;
      if (preview !== undefined && preview.refused.length === 0) print(preview, options, io);
      if (preview === undefined || preview.refused.length === 0) await confirm(words(selection), false, io);
    }
    const result = await run(options.dryRun === true);
    print(result, options, io);
    const nothing = result.undone.length === 0 && result.refused.length === 0;
    if (nothing && selection.kind !== "all" && options.quiet !== true) io.err(NOTHING_STANDS);
    return result.refused.length > 0 ? EXIT.failed : EXIT.done;
  }, () => written);
}

/** A mistyped id or address looks like this, and so does the second of two equal commands, which is none. */
const NOTHING_STANDS =
  "note: The log has no active event for this selection; flagsmith-provision log lists runs and addresses.\n";

function selectionOf({ all, run, address }: TeardownCommandOptions): Selection {
  const given = [all === true, run !== undefined, address.length > 0].filter((g) => g).length;
  if (given !== 1) {
    throw new ProvisionError(
      "FP428",
      EXIT.usage,
      given === 0
        ? "teardown needs --all, --run or --address"
        : "teardown takes one of --all, --run and --address",
      "flagsmith-provision log lists runs and addresses",
    );
  }
  if (run !== undefined) {
    const runId = runIdOf(run);
    if (runId === undefined) {
      throw new ProvisionError(
        "FP428",
        EXIT.usage,
        "--run takes the id of a run",
        "flagsmith-provision log lists them",
      );
    }
    return { kind: "run", runId };
  }
  return all === true ? { kind: "all" } : { kind: "addresses", addresses: new Set(address) };
}

function words(selection: Selection): string {
  switch (selection.kind) {
    case "all":
      return "everything that this tool made";
    case "run":
      return `what run ${selection.runId} did`;
    case "addresses":
      return [...selection.addresses].join(", ");
  }
}

function print(result: TeardownResult, options: TeardownCommandOptions, io: Io): void {
  if (result.refused.length > 0) io.err(refusalLines(result.refused).map((line) => `${line}\n`).join(""));
  const isQuiet = options.quiet === true || result.refused.length > 0;
  present(
    {
      json: () => teardownJson(result),
      lines: () => isQuiet ? [] : teardownLines(result, options.verbose === true),
    },
    options,
    io,
  );
  if (options.format !== "text" || isQuiet) return;
  for (const note of teardownNotes(result)) io.err(`note: ${note}\n`);
}
