/** `export`: a live organisation as YAML on standard output, or merged into the files of a directory. */
import { join } from "node:path";
import { type Ask, readOnly } from "../../database/ask.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { readDocuments } from "../../declarations/read.ts";
import { checkConditions, checkExport } from "../../export/check.ts";
import { documentTree } from "../../export/build/document.ts";
import type { Export } from "../../export/build/entity.ts";
import { exportingNeeds, exportOrganisation } from "../../export/export.ts";
import { withoutRefused } from "../../export/prune.ts";
import { mergeExport, type MergeFiles } from "../../export/merge/merge.ts";
import { checkNames } from "../../export/merge/checks.ts";
import { printDocument } from "../../export/build/print.ts";
import { checkRenamed, renamedEntities, renameInFiles } from "../../export/merge/rename.ts";
import { located } from "../../snapshot/located.ts";
import { buildGraph } from "../../graph/build.ts";
import { reportMeetings } from "../../plan/one_row.ts";
import { lookAtAll } from "../../snapshot/look.ts";
import { readSchema, takeSnapshot } from "../../snapshot/state.ts";
import { loadSources } from "../../source/sources.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import { withOwnFiles } from "../inputs.ts";
import type { Io } from "../io.ts";
import { FileRefused } from "../written_file.ts";
import { type TextOfFile, writeTogether } from "../written_files.ts";
import { refuse, showDiagnostics, type ShowOptions, stops } from "../show.ts";
import { withSignals } from "../signals.ts";

/** Options of the command. */
export interface ExportCommandOptions extends ConnectOptions, Omit<ShowOptions, "format"> {
  readonly organisation: string;
  readonly project?: string | undefined;
  readonly mergeInto?: string | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** Runs the command; gives the exit code. */
export async function runExport(options: ExportCommandOptions, io: Io): Promise<number> {
  const show: ShowOptions = { ...options, format: "text", allBy: "nothing" };
  const diagnostics = new Diagnostics();
  const files = options.mergeInto === undefined
    ? undefined
    : await readFiles({ ...options, mergeInto: options.mergeInto }, io, diagnostics);
  if (diagnostics.hasErrors) return refuse(diagnostics, { ...show, allBy: "validate" }, io);
  const selection = { organisation: options.organisation, project: options.project };
  const session = await connect(options, io, "export", exportingNeeds(selection, files?.graph));
  return await withSignals(session, io, undefined, async () => {
    const ask = readOnly(session, options.lockTimeout);
    const live = await exportOrganisation(ask, selection, diagnostics);
    const exported = withoutRefused(live, diagnostics);
    if (options.mergeInto !== undefined && files !== undefined) {
      const into = { ...options, mergeInto: options.mergeInto };
      const named = await withLiveNames(ask, exported, files, into, io, diagnostics);
      if (diagnostics.hasErrors) return refuse(diagnostics, show, io);
      return await merge({ live, exported }, named, into, io, diagnostics);
    }
    const text = printDocument(documentTree(exported));
    checkExport(text, exported, diagnostics);
    if (stops(diagnostics, show)) return refuse(diagnostics, show, io);
    io.out(text);
    showDiagnostics(diagnostics, show, io);
    noteSecrets(exported.variables, show, io);
    return EXIT.done;
  }, () => false);
}

/** Says which variables stand for secrets, unless the run is quiet. */
function noteSecrets(variables: readonly string[], { quiet }: ShowOptions, io: Io): void {
  if (quiet === true || variables.length === 0) return;
  io.err(`note: Secrets are not exported. Before applying set ${variables.join(", ")}\n`);
}

/** The files with the names that the database has; `original` keeps their texts as they are on disk. */
interface NamedFiles extends MergeFiles {
  /** Name → text of files that got other names. */
  readonly renamed: ReadonlyMap<string, string>;
  /** How many entities got another name. */
  readonly names: number;
}

/** Where the files are, and the address that none of them may tell. */
type MergeFrom = Pick<ConnectOptions, "databaseUrl"> & { readonly mergeInto: string };

/** Gives entities that were renamed since the name that they have now. Two declarations of one row are an error. */
async function withLiveNames(
  ask: Ask,
  exported: Export,
  read: MergeFiles,
  from: MergeFrom,
  io: Io,
  diagnostics: Diagnostics,
): Promise<NamedFiles> {
  const files = { ...read, graph: await located(ask, read.graph, diagnostics) };
  const state = await takeSnapshot(ask, files.graph, lookAtAll(await readSchema(ask, files.graph)));
  reportMeetings(files.graph, state, diagnostics);
  const renamed = diagnostics.hasErrors ? [] : renamedEntities(files.graph, state, exported);
  if (renamed.length === 0) return { ...files, renamed: new Map(), names: 0 };
  const texts = renameInFiles(files.graph, renamed);
  const renamedFiles = await readFiles(from, {
    ...io,
    readFile: (path) => {
      const text = texts.get(path);
      return text === undefined ? io.readFile(path) : Promise.resolve(new TextEncoder().encode(text));
    },
  }, new Diagnostics());
  const again = { ...renamedFiles, graph: await located(ask, renamedFiles.graph, new Diagnostics()) };
  checkRenamed(files.graph, again.graph, renamed);
  return { ...again, renamed: texts, names: renamed.length };
}

/** The files of the directory. Variables that are not set become placeholders: what depends on them is left alone. */
async function readFiles(
  { mergeInto: directory, databaseUrl }: MergeFrom,
  io: Io,
  diagnostics: Diagnostics,
): Promise<MergeFiles> {
  const documents = await loadSources(
    { directories: [directory], files: [], embedded: [], allowEmpty: true },
    withOwnFiles(io, databaseUrl),
    { mockEnv: true, secretEnv: [] },
    diagnostics,
  );
  const declarations = readDocuments(documents, { onExists: "skip" }, diagnostics);
  const graph = buildGraph(declarations, { closed: false, warnExternal: false }, diagnostics);
  checkNames(graph, diagnostics);
  return { documents, graph };
}

/** An export holds no secrets. */
const NEW_FILE_MODE = 0o644;

async function merge(
  { live, exported }: { readonly live: Export; readonly exported: Export },
  files: NamedFiles,
  options: ExportCommandOptions & { readonly mergeInto: string },
  io: Io,
  diagnostics: Diagnostics,
): Promise<number> {
  const show: ShowOptions = { ...options, format: "text", allBy: "nothing" };
  checkConditions(exported, diagnostics);
  const merged = mergeExport(exported, live, files, options.project !== undefined, diagnostics);
  if (stops(diagnostics, show)) return refuse(diagnostics, show, io);
  const changed = new Map([...files.renamed, ...merged.changed]);
  const names = [...changed.keys()].sort();
  const texts: TextOfFile[] = [];
  for (const [path, text] of changed) {
    const { mode } = await io.stat(path);
    texts.push({ path, text, mode: (mode ?? NEW_FILE_MODE) & 0o777 });
  }
  if (merged.rest !== undefined) {
    const path = await freeName(options.mergeInto, io);
    texts.push({ path, text: merged.rest, mode: NEW_FILE_MODE });
    names.push(path);
  }
  await writeTogether(texts, io).catch((error) => {
    if (!(error instanceof FileRefused)) throw error;
    throw new ProvisionError(
      "FP509",
      EXIT.failed,
      `The files cannot be written: ${error.message}`,
      "Check the directory and its permissions; without --merge-into the export goes to standard output",
    );
  });
  showDiagnostics(diagnostics, show, io);
  if (options.quiet !== true) { for (const name of names) io.out(`Updated ${name}.\n`); }
  io.out(`Merge complete: ${merged.updated + files.names} changed, ${merged.added} added.\n`);
  noteSecrets(merged.variables, show, io);
  return EXIT.done;
}

/** A name for a new file that no file of the directory has. */
async function freeName(directory: string, io: Io): Promise<string> {
  const taken = new Set(await io.readDirectory(directory).catch(() => []));
  for (let number = 1;; number++) {
    const name = number === 1 ? "exported.yaml" : `exported-${number}.yaml`;
    if (!taken.has(name)) return join(directory, name);
  }
}
