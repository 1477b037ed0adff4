/** `--outputs FILE`: keys and links for programs, written whole on every run (`spec` section 6). */
import type { ApplyResult } from "../apply/apply.ts";
import { readOnly } from "../database/ask.ts";
import type { Session } from "../database/session.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { readKeys } from "../plan/handed_out.ts";
import { placesOf } from "../report/output_places.ts";
import {
  describeOutput,
  type OutputPlace,
  type OutputsFormat,
  outputsText,
  type OutputValue,
  readOutputs,
  variableOf,
} from "../report/outputs.ts";
import type { HandedOutValues } from "./handed_out.ts";
import type { Inputs } from "./inputs.ts";
import type { Io } from "./io.ts";

/** Options of commands that write outputs. */
export interface OutputsOptions {
  readonly outputs?: string | undefined;
  readonly outputsFormat: OutputsFormat;
  readonly outputsMode: number;
  /** Longest wait for the tables that keys are read from, milliseconds. */
  readonly lockTimeout: number;
}

/** A prepared outputs file. */
export interface OutputsFile {
  /** Writes the file after the commit; `reopen` gives another session when the connection was lost meanwhile. */
  write(
    session: Session,
    reopen: () => Promise<Session>,
    result: ApplyResult,
    handedOut: HandedOutValues,
  ): Promise<void>;
}

/**
 * Reads what a former run left, so that what cannot be read back is kept, and throws when two values would have one name;
 * undefined without `--outputs`.
 */
export async function prepareOutputs(
  options: OutputsOptions,
  { graph, declarations }: Inputs,
  io: Io,
): Promise<OutputsFile | undefined> {
  const path = options.outputs;
  if (path === undefined) return undefined;
  const places = placesOf(graph);
  const constants = new Map(declarations.outputs.map((o) => [o.name, o.value.reveal()]));
  if (options.outputsFormat !== "json") refuseSharedNames([...places.values()], [...constants.keys()]);
  const former = readOutputs(await io.readTextFile(path).catch(() => ""), options.outputsFormat);
  return {
    async write(session, reopen, result, handedOut) {
      const keys = await readKeysAfterwards(session, reopen, result, options.lockTimeout).catch(
        (error: unknown) => {
          throw afterwards(error, path);
        },
      );
      const values: OutputValue[] = [];
      const unknown: OutputPlace[] = [];
      for (const [index, place] of places) {
        const value = place.kind === "password"
          ? handedOut.passwords.get(index) ?? former.password.get(place.name)
          : place.kind === "reset_link"
          ? handedOut.links.get(place.name) ?? former.reset_link.get(place.name)
          : place.kind === "master_api_key"
          ? handedOut.masterKeys.get(index) ?? former.master_api_key.get(place.name)
          : keys.get(index);
        if (value !== undefined) values.push({ ...place, value });
        else if (place.kind !== "password" && place.kind !== "reset_link") unknown.push(place);
      }
      const given = new Map([...constants].filter(([, value]) => value !== ""));
      try {
        await io.replaceFile(
          path,
          outputsText({ values, constants: given }, options.outputsFormat),
          options.outputsMode,
        );
      } catch {
        throw new ProvisionError(
          "FP505",
          EXIT.failed,
          `The outputs file "${path}" cannot be written; the database was provisioned`,
          "Check the directory's permissions and run it again; master API keys and made-up passwords of this run are lost and must be made anew",
        );
      }
      for (const place of unknown) {
        const why = place.kind === "master_api_key" ? "is not known any more" : "does not exist";
        io.err(`note: The value of ${describeOutput(place)} ${why} and is left out of the outputs file.\n`);
      }
    },
  };
}

async function readKeysAfterwards(
  session: Session,
  reopen: () => Promise<Session>,
  { plan, created }: ApplyResult,
  lockTimeout: number,
): Promise<ReadonlyMap<number, string>> {
  try {
    return await readKeys(readOnly(session, lockTimeout), plan, created);
  } catch (error) {
    if (!(error instanceof ProvisionError) || error.code !== "FP404") throw error;
  }
  const another = await reopen();
  try {
    return await readKeys(readOnly(another, lockTimeout), plan, created);
  } finally {
    await another.close();
  }
}

/** What failed after the commit says so: "nothing was changed" would be wrong. */
function afterwards(error: unknown, path: string): unknown {
  if (!(error instanceof ProvisionError)) return error;
  return new ProvisionError(
    "FP470",
    error.exitCode,
    `${error.message}; the database was provisioned, but the outputs file "${path}" is not written`,
    "Run it again to write the file; master API keys and made-up passwords of this run are lost and must be made anew",
  );
}

/** Two values of one name would be one: the file is refused before anything is done. */
function refuseSharedNames(places: readonly OutputPlace[], constants: readonly string[]): void {
  const holders = new Map(constants.map((name) => [name, `"outputs"`]));
  for (const place of places) {
    const variable = variableOf(place);
    const other = holders.get(variable);
    if (other !== undefined) {
      throw new ProvisionError(
        "FP431",
        EXIT.failed,
        `Two values of the outputs file would have the name ${variable}: ${other} and ${
          describeOutput(place)
        }`,
        'Give one of them a name of its own with "output", or use --outputs-format json. Nothing was changed',
      );
    }
    holders.set(variable, describeOutput(place));
  }
}
