/** `!file PATH`: values that are in files of their own, mounted Secrets mostly. */
import { dirname, isAbsolute, join, normalize } from "node:path";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isNotFound } from "./io.ts";
import type { SourceIo } from "./io.ts";
import { decodeUtf8, MAX_VALUE_BYTES } from "./read.ts";
import { isStorable } from "./scalar.ts";
import type { FileReference } from "./tree.ts";

/** The directory that relative paths begin at: that of a file, the working directory (""), or none (shipped sets). */
export type BaseDirectory = string | undefined;

/** Where the relative paths of a file begin. */
export function baseDirectory(path: string): BaseDirectory {
  return dirname(path);
}

/**
 * Reads the content of each reference into its node, without one trailing line break. Adds FP022 or FP110; the node then
 * stays a placeholder. Neither content nor the system's words are ever part of a message.
 */
export async function fillFileValues(
  references: readonly FileReference[],
  base: BaseDirectory,
  io: SourceIo,
  diagnostics: Diagnostics,
): Promise<void> {
  for (const { node } of references) {
    const path = node.text;
    node.text = "";
    node.value = "";
    node.mocked = true;
    const refuse = (message: string, hint?: string) => diagnostics.add("FP022", node.span, message, hint);
    if (path === "") {
      refuse("Tag !file needs a path", "Write !file PATH");
    } else if (base === undefined && !isAbsolute(path)) {
      refuse("A shipped set has no directory for a relative path", "Use an absolute path");
    } else if (await isOwnCredential(isAbsolute(path) ? path : join(base ?? "", path), io)) {
      diagnostics.add(
        "FP023",
        node.span,
        "The file holds a credential of the program itself and is never put into a value",
        "Give the value in a file of its own",
      );
    } else {
      const content = await readValue(isAbsolute(path) ? path : join(base ?? "", path), io);
      if (content.failure !== undefined) {
        refuse(content.failure, "Relative paths are relative to the YAML file");
      } else if (isStorable("Value", content.text, node.span, diagnostics)) {
        node.text = content.text.replace(/\r?\n$/, "");
        node.value = node.text;
        // Those were of the path.
        delete node.variables;
        node.mocked = false;
      }
    }
  }
}

/** What the system tells of processes: the environment and the arguments of this one, among others. */
const OF_PROCESSES = /^\/proc(?:\/|$)/;

/** True for a file that the program itself takes a password or a key from, by whatever path or link. */
async function isOwnCredential(path: string, io: SourceIo): Promise<boolean> {
  const real = (name: string): Promise<string> =>
    io.realPath?.(name).catch(() => name) ?? Promise.resolve(name);
  const target = await real(path);
  if (OF_PROCESSES.test(target) || OF_PROCESSES.test(path)) return true;
  const same = await identityOf(path, io);
  for (const own of await io.credentialFiles?.() ?? []) {
    if (normalize(own) === normalize(path) || await real(own) === target) return true;
    if (same !== undefined && await identityOf(own, io) === same) return true;
  }
  return false;
}

/** Device and number of a file: hard links and mounts give it several paths. */
async function identityOf(path: string, io: SourceIo): Promise<string | undefined> {
  const { dev, ino } = await io.stat(path).catch(() => ({ dev: undefined, ino: undefined }));
  return dev === undefined || ino === undefined || ino === null ? undefined : `${dev} ${ino}`;
}

type Content = { readonly text: string; readonly failure?: undefined } | { readonly failure: string };

async function readValue(path: string, io: SourceIo): Promise<Content> {
  const tooLarge = { failure: `File is larger than ${MAX_VALUE_BYTES / 1024 / 1024} MiB` };
  let bytes: Uint8Array;
  try {
    const { isDirectory, isFile, size } = await io.stat(path);
    if (isDirectory) return { failure: "Path is a directory" };
    if (!isFile) return { failure: "Path is a pipe or device, and no regular file" };
    if ((size ?? 0) > MAX_VALUE_BYTES) return tooLarge;
    bytes = await io.readFile(path);
  } catch (error) {
    return { failure: isNotFound(error) ? "File does not exist" : "File cannot be read" };
  }
  if (bytes.length > MAX_VALUE_BYTES) return tooLarge;
  const text = decodeUtf8(bytes);
  return text === undefined ? { failure: "File is not UTF-8" } : { text };
}
