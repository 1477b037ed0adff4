/** `reset`: what the files own is removed and created again, in one transaction. */
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { resetLines } from "../../report/reset_lines.ts";
import { reset } from "../../reset/reset.ts";
import { resetNeeds } from "../../reset/reset_needs.ts";
import { confirm } from "../confirm.ts";
import { readColumnDefaults } from "../column_defaults.ts";
import { connect } from "../connect.ts";
import { discarding, handOut } from "../deliver.ts";
import { collectHandedOut, type HandedOutValues } from "../issued_secrets.ts";
import { readInputs } from "../inputs.ts";
import { locateInputs } from "../locate.ts";
import type { Io } from "../io.ts";
import { prepareOutputs } from "../outputs.ts";
import { printResult } from "../print_result.ts";
import { startProgress } from "../progress.ts";
import { refuse, showDiagnostics, stops } from "../show.ts";
import { withSignals } from "../signals.ts";
import { type ApplyCommandOptions, applyOptions } from "./apply.ts";

/** Options of the command. */
export interface ResetCommandOptions extends Omit<ApplyCommandOptions, "allowDelete"> {
  readonly takeOver?: true | undefined;
  readonly flush?: true | undefined;
  readonly yes?: true | undefined;
}

/** Runs the command; gives the exit code. */
export async function runReset(options: ResetCommandOptions, io: Io): Promise<number> {
  if (options.flush === true) await checkFlush(options, io);
  const diagnostics = new Diagnostics();
  const read = await readInputs({ ...options, warnExternal: false }, io, diagnostics);
  if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
  const outputs = await prepareOutputs(options, read, io);
  const columnDefaults = await readColumnDefaults(options, io);
  const mayNeed = resetNeeds({
    graph: read.graph,
    domain: read.declarations.domain,
    links: options,
    takeOver: options.takeOver === true,
    flush: options.flush === true,
  });
  const session = await connect(options, io, "reset", mayNeed);
  const progress = startProgress(options, io);
  let written = false;
  let made: HandedOutValues | undefined;
  const work = async (): Promise<number> => {
    const inputs = await locateInputs(read, session, options, diagnostics);
    if (stops(diagnostics, options)) {
      await outputs?.discard();
      return refuse(diagnostics, options, io);
    }
    const done = await reset(
      session,
      inputs.graph,
      inputs.declarations,
      {
        ...applyOptions("reset", options, true, inputs, columnDefaults, io, mayNeed),
        takeOver: options.takeOver === true,
        flush: options.flush === true,
        onCommit: () => {
          written = true;
          io.committed();
        },
        beforeCommit: async (ask, result) => {
          made = await collectHandedOut(result, options, io);
          await outputs?.stage(ask, result, made);
        },
        onPhase: progress.phase,
      },
      diagnostics,
    );
    progress.end();
    if (done === undefined) {
      await outputs?.discard();
      return refuse(diagnostics, options, io);
    }
    const { applied } = done;
    const issuedSecrets = made ?? await collectHandedOut(applied, options, io);
    return await handOut({ result: applied, issuedSecrets, outputs, session }, (shown) => {
      showDiagnostics(diagnostics, options, io);
      printResult(
        applied,
        shown,
        inputs,
        options,
        io,
        diagnostics,
        resetLines(done, options.verbose === true),
      );
    }, io);
  };
  return await withSignals(session, io, progress, discarding(outputs, work), () => written);
}

/** Emptying every table is for instances that say they may be emptied, as the application's own reset is. */
async function checkFlush(options: ResetCommandOptions, io: Io): Promise<void> {
  if (!/^(1|true|yes|on)$/i.test(io.env("ENABLE_LOCAL_DATABASE_RESET")?.trim() ?? "")) {
    throw new ProvisionError(
      "FP429",
      EXIT.usage,
      "--flush needs ENABLE_LOCAL_DATABASE_RESET=true",
      "It empties every table of the application, whoever filled it. Nothing was changed",
    );
  }
  if (options.dryRun !== true) await confirm("everything", options.yes === true, io);
}
