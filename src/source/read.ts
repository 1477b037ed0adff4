/** From bytes to texts: size, encoding, NUL characters. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { sourceFile } from "../diagnostics/source_file.ts";
import type { SourceFile, Span } from "../diagnostics/source_file.ts";
import type { FoundFile } from "./discover.ts";
import { readFailure } from "./io.ts";
import type { SourceIo } from "./io.ts";

/** The largest input file, in bytes. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** The largest file that `!file` reads, in bytes. */
export const MAX_VALUE_BYTES = 1024 * 1024;

/** Reads one input file; undefined (and FP001, FP003 or FP004) when it cannot be used. */
export async function readSource(
  file: FoundFile,
  io: SourceIo,
  diagnostics: Diagnostics,
): Promise<SourceFile | undefined> {
  let bytes: Uint8Array;
  try {
    if (file.path === undefined) bytes = await io.readStdin();
    else if (((await io.stat(file.path)).size ?? 0) > MAX_FILE_BYTES) return tooLarge(file.name, diagnostics);
    else bytes = await io.readFile(file.path);
  } catch (error) {
    diagnostics.add("FP001", undefined, readFailure("File", file.name, error));
    diagnostics.markIncomplete();
    return undefined;
  }
  if (bytes.length > MAX_FILE_BYTES) return tooLarge(file.name, diagnostics);
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    const readable = new TextDecoder().decode(bytes);
    const at = Math.max(readable.indexOf("\uFFFD"), 0);
    diagnostics.add("FP004", placeIn(file.name, readable, at), "File is not UTF-8", "Save it as UTF-8");
    diagnostics.markIncomplete();
    return undefined;
  }
  return checkedSource(file.name, text, diagnostics);
}

/** Wraps a text; undefined (and FP004) when it holds a NUL character. */
export function checkedSource(name: string, text: string, diagnostics: Diagnostics): SourceFile | undefined {
  const nul = text.indexOf("\0");
  if (nul < 0) return sourceFile(name, text);
  diagnostics.add("FP004", placeIn(name, text, nul), "File holds a NUL character");
  diagnostics.markIncomplete();
  return undefined;
}

/** A place in a file that is not used; its line is never shown (`diagnostics_text.ts`), as it might hold anything. */
function placeIn(name: string, text: string, at: number): Span {
  return { file: sourceFile(name, text), start: at, end: at + 1 };
}

/** Strict UTF-8, without a byte order mark; undefined when the bytes are something else. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function tooLarge(name: string, diagnostics: Diagnostics): undefined {
  diagnostics.add(
    "FP003",
    placeIn(name, "", 0),
    `File is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`,
    "Split it",
  );
  diagnostics.markIncomplete();
  return undefined;
}
