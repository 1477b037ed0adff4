/** `plan`: what `apply` would do, in one read-only transaction. */
import { safeJson } from "../../diagnostics/shield.ts";
import { type Decided, decideRun } from "../../plan/decided.ts";
import { bindingsOf, mayBePlan, savedPlanText } from "../../plan/plan_file.ts";
import { databaseIdentity } from "../../database/identity.ts";
import { withReadOnly } from "../../database/ask.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { TOOL_VERSION } from "../../diagnostics/version.ts";
import { planNeeds } from "../../plan/plan_needs.ts";
import { hasWork } from "../../plan/plan.ts";
import { planEntries, planEntryJson, planJson, planLines, planNotes } from "../../report/plan_lines.ts";
import { type ColumnOptions, type LinkOptions, readColumnDefaults } from "../column_defaults.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import { type InputOptions, type Inputs, readInputs } from "../inputs.ts";
import { locateInputs } from "../locate.ts";
import { present } from "../present.ts";
import type { Io } from "../io.ts";
import { refuseInput } from "../output_path.ts";
import { FileRefused, type WrittenFile } from "../written_file.ts";
import { startProgress } from "../progress.ts";
import { refuse, showDiagnostics, type ShowOptions, stops } from "../show.ts";
import { withSignals } from "../signals.ts";

/** Options of the command. */
export interface PlanCommandOptions
  extends Omit<InputOptions, "warnExternal">, ShowOptions, ConnectOptions, ColumnOptions, LinkOptions {
  readonly onExists: "skip" | "update" | "fail";
  readonly detailedExitcode?: true | undefined;
  readonly out?: string | undefined;
  readonly verbose?: true | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** Runs the command; gives the exit code. */
export async function runPlan(options: PlanCommandOptions, io: Io): Promise<number> {
  const diagnostics = new Diagnostics();
  const read = await readInputs({ ...options, warnExternal: false }, io, diagnostics);
  if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
  const columnDefaults = await readColumnDefaults(options, io);
  const file = options.out === undefined ? undefined : await openPlanFile(options.out, read, io);
  const session = await connect(options, io, "plan", planNeeds(read.graph, options));
  const progress = startProgress(options, io);
  return await withSignals(session, io, progress, async () => {
    const inputs = await locateInputs(read, session, options, diagnostics);
    if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
    const { decided, database } = await withReadOnly(session, options.lockTimeout, async (ask) => ({
      decided: await decideRun(
        ask,
        inputs.graph,
        inputs.declarations.domain,
        { refuses: (found) => stops(found, options), locks: false, columnDefaults, links: options },
        diagnostics,
      ),
      database: options.out === undefined ? "" : await databaseIdentity(ask),
    }));
    progress.end();
    if (decided === undefined) return refuse(diagnostics, options, io);
    showDiagnostics(diagnostics, options, io);
    if (file !== undefined) await save(file, decided, database, inputs, options);
    print(decided, options, io, diagnostics);
    return options.detailedExitcode === true && hasWork(decided.plan) ? EXIT.pending : EXIT.done;
  }, () => false);
}

/** Looks at the file before anything else is done, so that a plan is not made for nothing. */
async function openPlanFile(path: string, inputs: Inputs, io: Io): Promise<WrittenFile> {
  try {
    const file = await io.openTarget(path, 0o600);
    await refuseInput(file.path, inputs, io);
    // A file of somebody else's, or one of --outputs with its keys, is not thrown away.
    const former = new TextDecoder().decode(file.former);
    if (!/^\s*$/.test(former) && !mayBePlan(former)) {
      throw new FileRefused("it is there and is not a plan");
    }
    return file;
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** The words for a file that cannot be written; anything else passes. */
function notWritten(path: string, error: unknown): unknown {
  if (!(error instanceof FileRefused)) return error;
  return new ProvisionError(
    "FP468",
    EXIT.failed,
    `The plan file ${safeJson(path)} cannot be written: ${error.message}`,
    "Name a file in a directory that takes one",
  );
}

async function save(
  file: WrittenFile,
  decided: Decided,
  database: string,
  { chosen, declarations }: Inputs,
  options: PlanCommandOptions,
): Promise<void> {
  const text = savedPlanText(
    {
      toolVersion: TOOL_VERSION,
      database,
      inputs: {
        ...chosen,
        secretEnv: options.secretEnv,
        onExists: options.onExists,
        allowEmpty: options.allowEmpty === true,
        columnDefault: options.columnDefault,
        columnDefaults: options.columnDefaults,
      },
      bindings: bindingsOf(decided, declarations.domain),
    },
    planEntries(decided).filter((entry) => entry.action !== "skip").map(planEntryJson),
  );
  try {
    await file.stage(text);
    await file.publish();
  } catch (error) {
    await file.discard();
    throw notWritten(options.out ?? file.path, error);
  }
}

function print(decided: Decided, options: PlanCommandOptions, io: Io, diagnostics: Diagnostics): void {
  present(
    {
      json: () => planJson(decided, diagnostics.sorted()),
      items: { list: "actions", type: "action" },
      lines: () => options.quiet === true ? [] : planLines(decided, options.verbose === true),
    },
    options,
    io,
  );
  if (options.quiet === true) return;
  for (const note of planNotes(decided, false)) io.err(`note: ${note}\n`);
}
