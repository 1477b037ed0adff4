/** `apply`: files → committed rows → lines, keys and links. */
import { safeJson } from "../../diagnostics/shield.ts";
import { apply, type ApplyOptions, type ApplyResult } from "../../apply/apply.ts";
import { applyNeeds } from "../../apply/apply_needs.ts";
import type { Decided } from "../../plan/decided.ts";
import {
  bindingsOf,
  checkBindings,
  checkDatabase,
  readSavedPlan,
  type SavedPlan,
} from "../../plan/plan_file.ts";
import { databaseIdentity } from "../../database/identity.ts";
import { readOnly } from "../../database/ask.ts";
import type { MayNeed, Session } from "../../database/session.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { TOOL_VERSION } from "../../diagnostics/version.ts";
import { type ColumnOptions, type LinkOptions, readColumnDefaults } from "../column_defaults.ts";
import type { ColumnDefaults } from "../../snapshot/column_defaults.ts";
import { connect, type ConnectOptions, reconnect } from "../connect.ts";
import { discarding, handOut } from "../deliver.ts";
import { collectHandedOut, type HandedOutValues } from "../issued_secrets.ts";
import { type InputOptions, type Inputs, readInputs } from "../inputs.ts";
import { locateInputs } from "../locate.ts";
import type { Io } from "../io.ts";
import type { IssuedSecrets } from "../../report/lines.ts";
import { type OutputsOptions, prepareOutputs } from "../outputs.ts";
import { printResult } from "../print_result.ts";
import { startProgress } from "../progress.ts";
import { refuse, showDiagnostics, type ShowOptions, stops } from "../show.ts";
import { withSignals } from "../signals.ts";

/** Options of the command. */
export interface ApplyCommandOptions
  extends
    Omit<InputOptions, "warnExternal">,
    ShowOptions,
    ConnectOptions,
    OutputsOptions,
    ColumnOptions,
    LinkOptions {
  readonly dryRun?: true | undefined;
  readonly allowDelete?: true | undefined;
  /** A plan file. */
  readonly plan?: string | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly verbose?: true | undefined;
  readonly resetLinks: "superusers" | "all";
}

/** Runs the command; gives the exit code. */
export async function runApply(given: ApplyCommandOptions, io: Io): Promise<number> {
  const saved = await readPlan(given.plan, io);
  const options = saved === undefined ? given : withSavedInputs(given, saved);
  const diagnostics = new Diagnostics();
  const inputs = await readInputs({ ...options, warnExternal: false }, io, diagnostics);
  if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
  return await applyInputs(options, inputs, diagnostics, io, (result, shown) => {
    showDiagnostics(diagnostics, options, io);
    printResult(result, shown, inputs, options, io, diagnostics);
  }, saved);
}

/**
 * Applies what was read and checked, with a connection of its own, prints by `print` and gives the exit code. With a saved
 * plan nothing else than that is done. Mistakes that the database shows are printed as `refuse` does.
 */
export async function applyInputs(
  options: ApplyCommandOptions,
  read: Inputs,
  diagnostics: Diagnostics,
  io: Io,
  print: (result: ApplyResult, shown: IssuedSecrets) => void,
  saved?: SavedPlan,
): Promise<number> {
  const { declarations } = read;
  const outputs = await prepareOutputs(options, read, io);
  const columnDefaults = await readColumnDefaults(options, io);
  const mayNeed = applyNeeds({ graph: read.graph, domain: declarations.domain, links: options });
  const session = await connect(options, io, "apply", mayNeed);
  const progress = startProgress(options, io);
  let written = false;
  let made: HandedOutValues | undefined;
  const work = async (): Promise<number> => {
    if (saved !== undefined) {
      checkDatabase(saved, await databaseIdentity(readOnly(session, options.lockTimeout)));
    }
    const inputs = await locateInputs(read, session, options, diagnostics);
    if (stops(diagnostics, options)) {
      await outputs?.discard();
      return refuse(diagnostics, options, io);
    }
    const result = await apply(
      session,
      inputs.graph,
      declarations,
      {
        ...applyOptions("apply", options, options.allowDelete === true, inputs, columnDefaults, io, mayNeed),
        onCommit: () => {
          written = true;
          io.committed();
        },
        beforeCommit: async (ask, result) => {
          made = await collectHandedOut(result, options, io);
          await outputs?.stage(ask, result, made);
        },
        onPhase: progress.phase,
        ...(saved === undefined ? {} : {
          expect: (decided: Decided) => checkBindings(saved, bindingsOf(decided, declarations.domain)),
        }),
      },
      diagnostics,
    );
    progress.end();
    if (result === undefined) {
      await outputs?.discard();
      return refuse(diagnostics, options, io);
    }
    const issuedSecrets = made ?? await collectHandedOut(result, options, io);
    return await handOut(
      { result: result, issuedSecrets, outputs, session },
      (shown) => print(result, shown),
      io,
    );
  };
  return await withSignals(session, io, progress, discarding(outputs, work), () => written);
}

async function readPlan(path: string | undefined, io: Io): Promise<SavedPlan | undefined> {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await io.readTextFile(path);
  } catch {
    throw new ProvisionError(
      "FP464",
      EXIT.usage,
      `The plan file ${safeJson(path)} cannot be read`,
      "flagsmith-provision plan --out FILE makes one. Nothing was changed",
    );
  }
  return readSavedPlan(text, path, TOOL_VERSION);
}

/** Inputs that are named win; else they are the planned ones. Either way they must say what was planned. */
function withSavedInputs(given: ApplyCommandOptions, { inputs }: SavedPlan): ApplyCommandOptions {
  const columns = given.columnDefault.length > 0 || given.columnDefaults !== undefined
    ? {}
    : { columnDefault: inputs.columnDefault, columnDefaults: inputs.columnDefaults };
  if (given.directory.length + given.file.length + given.preset.length > 0) return { ...given, ...columns };
  return {
    ...given,
    ...columns,
    directory: inputs.directory,
    file: inputs.file,
    preset: inputs.preset,
    secretEnv: [...new Set([...given.secretEnv, ...inputs.secretEnv])],
    onExists: inputs.onExists,
    allowEmpty: inputs.allowEmpty || given.allowEmpty === true ? true : undefined,
  };
}

/** What the engine needs of a command's options. */
export function applyOptions(
  command: string,
  options: Omit<ApplyCommandOptions, "allowDelete">,
  allowDelete: boolean,
  inputs: Inputs,
  columnDefaults: ColumnDefaults,
  io: Io,
  mayNeed: MayNeed,
): ApplyOptions {
  return {
    dryRun: options.dryRun === true,
    lockTimeout: options.lockTimeout,
    command,
    toolVersion: TOOL_VERSION,
    source: inputs.source,
    reopen: (): Promise<Session> => reconnect(options, io, command, mayNeed),
    uuid: io.uuid,
    ...(io.hash === undefined ? {} : { hash: io.hash }),
    parallelism: io.parallelism,
    refuses: (diagnostics) => stops(diagnostics, options),
    allowDelete,
    columnDefaults,
    links: options,
    protect: io.env("FLAGSMITH_PROVISION_PROTECT"),
  };
}
