/** `status`: how declared and logged entities stand, in one read-only transaction. */
import { withReadOnly } from "../../database/ask.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT } from "../../diagnostics/error.ts";
import { statusJson, statusLines } from "../../report/status_lines.ts";
import { statusNeeds } from "../../status/status_needs.ts";
import { isOutOfSync, readStatus, type Status } from "../../status/status.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import { type InputOptions, readInputs } from "../inputs.ts";
import { locateInputs } from "../locate.ts";
import { present } from "../present.ts";
import type { Io } from "../io.ts";
import { startProgress } from "../progress.ts";
import { refuse, showDiagnostics, type ShowOptions, stops } from "../show.ts";
import { withSignals } from "../signals.ts";

/** Options of the command. */
export interface StatusCommandOptions
  extends Omit<InputOptions, "warnExternal">, ShowOptions, ConnectOptions {
  readonly detailedExitcode?: true | undefined;
  readonly verbose?: true | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** Runs the command; gives the exit code. */
export async function runStatus(options: StatusCommandOptions, io: Io): Promise<number> {
  const diagnostics = new Diagnostics();
  const read = await readInputs({ ...options, warnExternal: false }, io, diagnostics);
  if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
  const session = await connect(options, io, "status", statusNeeds(read.graph));
  const progress = startProgress(options, io);
  return await withSignals(session, io, progress, async () => {
    const inputs = await locateInputs(read, session, options, diagnostics);
    if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
    const status = await withReadOnly(
      session,
      options.lockTimeout,
      (ask) =>
        readStatus(
          ask,
          inputs.graph,
          inputs.declarations,
          (found) => stops(found, options),
          diagnostics,
        ),
    );
    progress.end();
    if (status === undefined) return refuse(diagnostics, options, io);
    showDiagnostics(diagnostics, options, io);
    print(status, options, io, diagnostics);
    return options.detailedExitcode === true && status.entities.some(isOutOfSync) ? EXIT.pending : EXIT.done;
  }, () => false);
}

function print(status: Status, options: StatusCommandOptions, io: Io, diagnostics: Diagnostics): void {
  present(
    {
      json: () => statusJson(status, diagnostics.sorted()),
      items: { list: "entities", type: "entity" },
      lines: () => options.quiet === true ? [] : statusLines(status, options.verbose === true),
    },
    options,
    io,
  );
}
