/** From options to declarations: which files, which sets, and everything that can be checked without a database. */
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import type { Declarations } from "../declarations/declaration.ts";
import { readDocuments } from "../declarations/read.ts";
import { apiLimits } from "../flagsmith/api_limits.ts";
import { buildGraph } from "../graph/build.ts";
import type { Graph } from "../graph/resource.ts";
import { checkChosenTwice } from "../plan/chosen_twice.ts";
import { checkConditionCounts } from "../plan/settings_limits.ts";
import { PRESET_NAMES } from "../presets/names.ts";
import { type EmbeddedFile, loadSources, type SourceIo } from "../source/sources.ts";
import type { Io } from "./io.ts";

/** Options of commands that read files. */
export interface InputOptions {
  readonly directory: readonly string[];
  readonly file: readonly string[];
  readonly preset: readonly string[];
  readonly allowEmpty?: true | undefined;
  readonly secretEnv: readonly string[];
  readonly mockEnv?: true | undefined;
  readonly closed?: true | undefined;
  readonly onExists?: "skip" | "update" | "fail";
  /** An address that counts before those of the environment. */
  readonly databaseUrl?: string | undefined;
  /** Say which names the database must hold. */
  readonly warnExternal: boolean;
}

/** What was read. */
export interface Inputs {
  readonly declarations: Declarations;
  readonly graph: Graph;
  /** For the log: `preset:bootstrap`, `directory:…`. */
  readonly source: string;
  /** The files, directories and sets that were read, as they were named. */
  readonly chosen: {
    readonly directory: readonly string[];
    readonly file: readonly string[];
    readonly preset: readonly string[];
  };
}

/**
 * Reads and checks all inputs; mistakes are in `diagnostics`, and the graph must not be used when there are any. This is the
 * order of all that is checked without a database. No check waits for the ones before it to find nothing: what is wrong
 * becomes a placeholder (`src/declarations/mend.ts`) that later ones pass over, so that one run reports everything.
 */
export async function readInputs(options: InputOptions, io: Io, diagnostics: Diagnostics): Promise<Inputs> {
  const chosen = await chooseInputs(options, io);
  // Encoding, YAML, keys that stand twice, aliases, variables.
  const documents = await loadSources(
    {
      directories: chosen.directories,
      files: chosen.files,
      embedded: await embedded(options.preset),
      allowEmpty: options.allowEmpty === true,
    },
    withOwnFiles(io, options.databaseUrl),
    { mockEnv: options.mockEnv === true, secretEnv: options.secretEnv },
    diagnostics,
  );
  // Keys and types of each item, then what needs the whole item.
  const declarations = readDocuments(documents, { onExists: options.onExists ?? "skip" }, diagnostics);
  // Duplicates, what items belong to, references, and what needs them all (`GRAPH_CHECKS`).
  const graph = buildGraph(declarations, {
    closed: options.closed === true,
    warnExternal: options.warnExternal,
  }, diagnostics);
  // Limits, and values that must be unique.
  checkConditionCounts(graph, apiLimits(io.env).conditions, diagnostics);
  checkChosenTwice(graph, diagnostics);
  const source = [
    ...options.preset.map((name) => `preset:${name}`),
    ...chosen.directories.map((path) => `directory:${path}`),
    ...chosen.files.map((path) => `file:${path}`),
  ].join(" ");
  return {
    declarations,
    graph,
    source,
    chosen: { directory: chosen.directories, file: chosen.files, preset: options.preset },
  };
}

/**
 * Files that no document may read: those of every address that the program was given, whichever of them it uses, so that
 * `validate`, which uses none, refuses the same.
 */
export function withOwnFiles(io: Io, databaseUrl: string | undefined): SourceIo {
  let found: Promise<readonly string[]> | undefined;
  return {
    ...io,
    credentialFiles: () =>
      found ??= import("../database/credential_files.ts").then(({ credentialFiles }) =>
        credentialFiles(
          [databaseUrl, io.env("FLAGSMITH_PROVISION_DATABASE_URL"), io.env("DATABASE_URL")],
          io.env,
          { readTextFile: io.readTextFile, stat: io.stat },
        )
      ),
  };
}

const DEFAULT_DIRECTORY = "provisioning";

/** Nothing is ever applied that was not named: by option, by `PROVISIONING_DIRECTORY`, or by the directory's own name. */
async function chooseInputs(
  options: InputOptions,
  io: Io,
): Promise<{ directories: readonly string[]; files: readonly string[] }> {
  if (options.directory.length + options.file.length + options.preset.length > 0) {
    return { directories: options.directory, files: options.file };
  }
  const named = io.env("PROVISIONING_DIRECTORY");
  if (named !== undefined && named !== "") return { directories: [named], files: [] };
  const present = await io.readDirectory(DEFAULT_DIRECTORY).then(
    (names) => names.some((n) => /^[^.].*\.(ya?ml|json)$/i.test(n)),
    () => false,
  );
  if (present) return { directories: [DEFAULT_DIRECTORY], files: [] };
  throw new ProvisionError(
    "FP501",
    EXIT.usage,
    "No input was given",
    `Give --directory DIR, --file FILE or --preset NAME (${
      PRESET_NAMES.join(", ")
    }), or put YAML files into ./${DEFAULT_DIRECTORY}`,
  );
}

async function embedded(names: readonly string[]): Promise<readonly EmbeddedFile[]> {
  if (names.length === 0) return [];
  const { PRESETS } = await import("../presets/embedded.ts");
  const sets = await Promise.all(names.map(async (name) => {
    const load = PRESETS[name];
    if (load === undefined) {
      throw new ProvisionError(
        "FP502",
        EXIT.usage,
        `There is no shipped set "${name}"`,
        didYouMean(name, PRESET_NAMES) ?? `The sets are ${PRESET_NAMES.join(", ")}`,
      );
    }
    return (await load()).map((file) => ({ name: `${name}/${file.name}`, text: file.text }));
  }));
  return sets.flat();
}
