/** Which files a run reads: the named ones and those of the named directories. */
import { resolve } from "node:path";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isNotFound, readFailure } from "./io.ts";
import type { SourceInputs, SourceIo } from "./io.ts";

/** A file to read. */
export interface FoundFile {
  /** As messages call it: the path as given, or `<stdin>`. */
  readonly name: string;
  /** What to hand to `readFile`; undefined for standard input. */
  readonly path: string | undefined;
}

const EXTENSION = /\.(?:ya?ml|json)$/i;

/**
 * Lists the input files: first those of the directories, then the single ones, each path once. Directories are read
 * without their subdirectories, in alphabetical order; hidden entries (also `..data` of a mounted ConfigMap) are skipped
 * and symbolic links followed. Adds FP001 and FP002.
 */
export async function discoverFiles(
  inputs: SourceInputs,
  io: SourceIo,
  diagnostics: Diagnostics,
): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  const add = (name: string) => {
    const key = name === "-" ? name : resolve(name);
    if (found.has(key)) return;
    found.set(key, name === "-" ? { name: "<stdin>", path: undefined } : { name, path: name });
  };
  for (const directory of new Set(inputs.directories)) {
    for (const path of await filesOf(directory, inputs.allowEmpty, io, diagnostics)) add(path);
  }
  for (const file of new Set(inputs.files)) {
    if (file === "-" || await isReadable(file, io, diagnostics)) add(file);
  }
  return [...found.values()];
}

async function filesOf(
  directory: string,
  allowEmpty: boolean,
  io: SourceIo,
  diagnostics: Diagnostics,
): Promise<string[]> {
  let names: readonly string[];
  try {
    if (!(await io.stat(directory)).isDirectory) {
      diagnostics.add(
        "FP001",
        undefined,
        `"${directory}" is not a directory`,
        "Name a single file with --file",
      );
      return [];
    }
    names = await io.readDirectory(directory);
  } catch (error) {
    if (!isNotFound(error)) diagnostics.add("FP001", undefined, readFailure("Directory", directory, error));
    else if (!allowEmpty) {
      diagnostics.add(
        "FP002",
        undefined,
        `Directory "${directory}" does not exist`,
        "Allow it with --allow-empty",
      );
    }
    return [];
  }
  const base = directory.endsWith("/") ? directory : `${directory}/`;
  const paths: string[] = [];
  let broken = false;
  for (const name of [...names].sort(compareText)) {
    if (name.startsWith(".") || !EXTENSION.test(name)) continue;
    const path = base + name;
    if (name.includes("\uFFFD")) {
      broken = true;
      diagnostics.add(
        "FP001",
        undefined,
        `Directory "${directory}" holds a file whose name is not UTF-8`,
        "Rename it",
      );
      continue;
    }
    try {
      if ((await io.stat(path)).isFile) paths.push(path);
    } catch (error) {
      broken = true;
      diagnostics.add("FP001", undefined, readFailure("File", path, error));
    }
  }
  if (paths.length === 0 && !broken && !allowEmpty) {
    const message = `Directory "${directory}" holds no .yaml, .yml or .json file`;
    diagnostics.add("FP002", undefined, message, "Name another directory, or allow it with --allow-empty");
  }
  return paths;
}

/** A named file may be anything but a directory: pipes (`--file <(…)`) are welcome. */
async function isReadable(path: string, io: SourceIo, diagnostics: Diagnostics): Promise<boolean> {
  try {
    if (!(await io.stat(path)).isDirectory) return true;
    diagnostics.add("FP001", undefined, `"${path}" is a directory`, "Name a directory with --directory");
  } catch (error) {
    diagnostics.add("FP001", undefined, readFailure("File", path, error));
  }
  return false;
}

/** By code units, so that the order does not depend on the machine's language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
