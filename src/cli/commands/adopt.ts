/** `adopt`: live entities that match the files, into the log. */
import { adopt, type AdoptResult } from "../../adopt/adopt.ts";
import { adoptNeeds } from "../../adopt/adopt_needs.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT } from "../../diagnostics/error.ts";
import { TOOL_VERSION } from "../../diagnostics/version.ts";
import { adoptJson, adoptLines } from "../../report/adopt_lines.ts";
import { LEARNED_LATE } from "../../report/result_notes.ts";
import { connect, type ConnectOptions, reconnect } from "../connect.ts";
import { type InputOptions, readInputs } from "../inputs.ts";
import { locateInputs } from "../locate.ts";
import { present } from "../present.ts";
import type { Io } from "../io.ts";
import { startProgress } from "../progress.ts";
import { refuse, showDiagnostics, type ShowOptions, stops } from "../show.ts";
import { withSignals } from "../signals.ts";

/** Options of the command. */
export interface AdoptCommandOptions extends Omit<InputOptions, "warnExternal">, ShowOptions, ConnectOptions {
  readonly dryRun?: true | undefined;
  readonly verbose?: true | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** Runs the command; gives the exit code. */
export async function runAdopt(options: AdoptCommandOptions, io: Io): Promise<number> {
  const diagnostics = new Diagnostics();
  const read = await readInputs({ ...options, warnExternal: false }, io, diagnostics);
  if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
  const mayNeed = adoptNeeds(read.graph);
  const session = await connect(options, io, "adopt", mayNeed);
  const progress = startProgress(options, io);
  let written = false;
  return await withSignals(session, io, progress, async () => {
    const inputs = await locateInputs(read, session, options, diagnostics);
    if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
    const result = await adopt(session, inputs.graph, {
      dryRun: options.dryRun === true,
      lockTimeout: options.lockTimeout,
      command: "adopt",
      toolVersion: TOOL_VERSION,
      source: inputs.source,
      reopen: () => reconnect(options, io, "adopt", mayNeed),
      uuid: io.uuid,
      onCommit: () => {
        written = true;
        io.committed();
      },
      onPhase: progress.phase,
      refuses: (found) => stops(found, options),
    }, diagnostics);
    progress.end();
    if (result === undefined) return refuse(diagnostics, options, io);
    if (result.confirmedAfterReconnect) io.err(`note: ${LEARNED_LATE}\n`);
    showDiagnostics(diagnostics, options, io);
    print(result, options, io, diagnostics);
    return EXIT.done;
  }, () => written);
}

function print(result: AdoptResult, options: AdoptCommandOptions, io: Io, diagnostics: Diagnostics): void {
  present(
    {
      json: () => adoptJson(result, diagnostics.sorted()),
      items: { list: "actions", type: "action" },
      lines: () => options.quiet === true ? [] : adoptLines(result, options.verbose === true),
    },
    options,
    io,
  );
}
