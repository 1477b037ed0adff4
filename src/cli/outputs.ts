/** `--outputs FILE`: keys and links for programs, written whole on every run (`docs/format.md#outputs`). */
import type { UncommittedResult } from "../apply/apply.ts";
import { type Ask, readOnly } from "../database/ask.ts";
import type { Session } from "../database/session.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { hasReadableKey, readKeys } from "../plan/issued_secrets.ts";
import { ALL_KINDS } from "../kinds/specs.ts";
import { placesOf } from "../report/output_places.ts";
import {
  commentName,
  describeOutput,
  type FormerOutputs,
  type OutputPlace,
  type OutputsFormat,
  outputsText,
  type OutputValue,
  readOutputs,
  variableOf,
} from "../report/outputs.ts";
import { decodeUtf8 } from "../source/read.ts";
import type { HandedOutValues } from "./issued_secrets.ts";
import type { Inputs } from "./inputs.ts";
import type { Io } from "./io.ts";
import { refuseInput } from "./output_path.ts";
import { FileRefused, type WrittenFile } from "./written_file.ts";

/** Options of commands that write outputs. */
export interface OutputsOptions {
  readonly outputs?: string | undefined;
  readonly outputsFormat: OutputsFormat;
  readonly outputsMode: number;
  /** Replaces what is no outputs file. */
  readonly outputsForce?: true | undefined;
  /** Maximum time to wait for the tables that keys are read from, milliseconds. */
  readonly lockTimeout: number;
}

/** A prepared outputs file. */
export interface OutputsFile {
  /** Writes and syncs the content beside the target, with the keys that `ask` sees; before the commit. */
  stage(ask: Ask, result: UncommittedResult, issuedSecrets: HandedOutValues): Promise<void>;
  /** Puts it in place, after the commit; reads and writes now what was not staged, since nothing was committed. */
  publish(session: Session, result: UncommittedResult, issuedSecrets: HandedOutValues): Promise<void>;
  /** Removes what is left beside the target. */
  discard(): Promise<void>;
  /** The file beside the target that holds the staged content, if there is one. */
  readonly staged: string | undefined;
}

/**
 * Looks at the target, reads what a former run left in it, so that what cannot be read back is kept, and throws when it
 * cannot be written or two values would have one name; undefined without `--outputs`.
 */
export async function prepareOutputs(
  options: OutputsOptions,
  inputs: Inputs,
  io: Io,
): Promise<OutputsFile | undefined> {
  const path = options.outputs;
  if (path === undefined) return undefined;
  const { graph, declarations } = inputs;
  const places = placesOf(graph);
  const constants = new Map(declarations.outputs.map((o) => [o.name, o.value.reveal()]));
  if (options.outputsFormat !== "json") refuseSharedNames([...places.values()], [...constants.keys()]);
  const file = await open(path, inputs, options, io);
  const former = formerOf(file, path, new Set(constants.keys()), options);
  let staged: { readonly text: string; readonly compose: (former: FormerOutputs) => Composed } | undefined;
  let notes: readonly string[] = [];
  const write = async (compose: (former: FormerOutputs) => Composed, from: FormerOutputs): Promise<void> => {
    const composed = compose(from);
    if (composed.text === staged?.text) return;
    await file.stage(composed.text).catch((error) => {
      throw notWritten(path, error);
    });
    staged = { text: composed.text, compose };
    notes = composed.notes;
  };
  const stage: OutputsFile["stage"] = async (ask, result, issuedSecrets) => {
    const keys = await readKeys(ask, result.schema, result.plan, result.created);
    const given = new Map([...constants].filter(([, value]) => value !== ""));
    await write((from) => {
      const { values: all, unknown } = valuesOf(places, keys, issuedSecrets, from);
      // Whoever may change a key in the database would write lines of the file, for those who read it without a shell's quotes.
      const [odd, values] = partition(
        all,
        ({ value }) => options.outputsFormat === "env" && /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value),
      );
      return {
        text: outputsText({ values, constants: given }, options.outputsFormat),
        notes: [
          ...unknown.map((place) =>
            leftOut(place, isKnownOnce(place.kind) ? "is not known any more" : "does not exist")
          ),
          ...odd.map((place) => leftOut(place, "has a line break or a control character in it")),
        ],
      };
    }, former);
  };
  return {
    stage,
    async publish(session, result, issuedSecrets) {
      if (staged === undefined) await stage(readOnly(session, options.lockTimeout), result, issuedSecrets);
      await file.alone(async () => {
        // Another run may have written keys since that exist nowhere else.
        const bytes = await file.current();
        const newest = bytes === undefined
          ? undefined
          : readOutputs(decodeUtf8(bytes) ?? "", new Set(constants.keys()));
        if (newest !== undefined && staged !== undefined) {
          await write(staged.compose, together(former, newest));
        }
        await file.publish().catch((error) => {
          throw notWritten(path, error);
        });
      });
      for (const note of notes) io.err(note);
    },
    discard: () => file.discard(),
    get staged() {
      return file.staged;
    },
  };
}

/** What a file held, and what it holds now, which counts. */
function together(former: FormerOutputs, newest: FormerOutputs): FormerOutputs {
  const all = new Map([...former].map(([kind, values]) => [kind, new Map(values)]));
  for (const [kind, values] of newest) all.set(kind, new Map([...all.get(kind) ?? [], ...values]));
  return all;
}

/** What is to be written, and what is said about it. */
interface Composed {
  readonly text: string;
  readonly notes: readonly string[];
}

function leftOut(place: OutputPlace, why: string): string {
  return `note: The value of ${describeOutput(place)} ${why} and is left out of the outputs file.\n`;
}

/** Those for which `test` holds, and the others. */
function partition<T>(
  items: readonly T[],
  test: (item: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  const groups = Map.groupBy(items, test);
  return [groups.get(true) ?? [], groups.get(false) ?? []];
}

async function open(path: string, inputs: Inputs, options: OutputsOptions, io: Io): Promise<WrittenFile> {
  if (path === "-") {
    throw new ProvisionError(
      "FP505",
      EXIT.usage,
      "--outputs takes a file, and standard output shows what was done",
      "Without --outputs keys and links are printed; with --format json they are part of the result",
    );
  }
  try {
    const file = await io.openTarget(path, options.outputsMode);
    await refuseInput(file.path, inputs, io);
    return file;
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** What a former run left; a file that somebody else wrote, or that is cut off, is not thrown away. */
function formerOf(
  file: WrittenFile,
  path: string,
  constants: ReadonlySet<string>,
  options: OutputsOptions,
): FormerOutputs {
  const text = file.former === undefined ? "" : decodeUtf8(file.former);
  const former = text === undefined ? undefined : readOutputs(text, constants);
  if (former !== undefined) return former;
  if (options.outputsForce === true) return readOutputs("", constants) ?? NOTHING;
  throw new ProvisionError(
    "FP507",
    EXIT.failed,
    `The file ${shown(path)} was not written by this tool, or is cut off, and is not replaced`,
    "Name another file, or replace it with --outputs-force: keys in it that cannot be read back are lost then. Nothing was changed",
  );
}

const NOTHING: FormerOutputs = new Map();

/** The values of the places, and the places whose value nobody knows. */
function valuesOf(
  places: ReadonlyMap<number, OutputPlace>,
  keys: ReadonlyMap<number, string>,
  issuedSecrets: HandedOutValues,
  former: FormerOutputs,
): { readonly values: readonly OutputValue[]; readonly unknown: readonly OutputPlace[] } {
  const values: OutputValue[] = [];
  const unknown: OutputPlace[] = [];
  for (const [index, place] of places) {
    const made = place.kind === "password"
      ? issuedSecrets.passwords.get(index)
      : place.kind === "reset_link"
      ? issuedSecrets.links.get(place.name)
      : isKnownOnce(place.kind)
      ? issuedSecrets.masterKeys.get(index)
      : keys.get(index);
    // What can be read back is not there any more when it was not read.
    const left = isReadable(place.kind) ? undefined : former.get(place.kind);
    const value = made ?? left?.get(place.name) ?? left?.get(commentName(place.name));
    if (value !== undefined) values.push({ ...place, value });
    else if (place.kind !== "password" && place.kind !== "reset_link") unknown.push(place);
  }
  return { values, unknown };
}

function shown(path: string): string {
  return `"${path}"`;
}

/** The words for a file that cannot be written, whose reason is known; anything else passes. */
function notWritten(path: string, error: unknown): unknown {
  if (!(error instanceof FileRefused)) return error;
  return new ProvisionError(
    "FP505",
    EXIT.failed,
    `The outputs file ${shown(path)} cannot be written: ${error.message}`,
    "Name a file in a directory that takes one. Nothing was changed",
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

function isReadable(kind: OutputPlace["kind"]): boolean {
  return kind !== "password" && kind !== "reset_link" && hasReadableKey(kind);
}

/** True for keys that the database does not hold, so that only the run that made them knows them. */
function isKnownOnce(kind: OutputPlace["kind"]): boolean {
  return kind !== "password" && kind !== "reset_link" && ALL_KINDS[kind].handsOut === "once";
}
