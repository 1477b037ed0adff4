/** Several files that are replaced together: all of them or none. */
import type { Io } from "./io.ts";
import { FileRefused, type WrittenFile } from "./written_file.ts";

/** A file and what it is to hold. */
export interface TextOfFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/**
 * Writes and syncs all of them beside their targets, then puts them in place; when one cannot be, those before it get back
 * what they held. A byte order mark that a file begins with stays. Throws `FileRefused` with the name of the file.
 */
export async function writeTogether(texts: readonly TextOfFile[], io: Pick<Io, "openTarget">): Promise<void> {
  const open: { readonly file: WrittenFile; readonly path: string }[] = [];
  const done: WrittenFile[] = [];
  let current = "";
  try {
    for (const { path, text, mode } of texts) {
      current = path;
      const file = await io.openTarget(path, mode);
      open.push({ file, path });
      await file.stage(hasMark(file.former) && !text.startsWith(MARK) ? MARK + text : text);
    }
    for (const { file, path } of open) {
      current = path;
      await file.publish();
      done.push(file);
    }
  } catch (error) {
    for (const { file } of open) await file.discard();
    for (const file of done) await putBack(file).catch(() => {});
    throw error instanceof FileRefused ? new FileRefused(`"${current}": ${error.message}`) : error;
  }
}

const MARK = "\uFEFF";

function hasMark(former: Uint8Array | undefined): boolean {
  return former !== undefined && former[0] === 0xef && former[1] === 0xbb && former[2] === 0xbf;
}

async function putBack(file: WrittenFile): Promise<void> {
  if (file.former === undefined) await Deno.remove(file.path);
  else await Deno.writeFile(file.path, file.former);
}
