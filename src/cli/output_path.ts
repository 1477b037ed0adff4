/** A file that is written must be none that is read, by this run or by the next one. */
import { basename, dirname } from "node:path";
import type { Inputs } from "./inputs.ts";
import type { Io } from "./io.ts";
import { FileRefused } from "./written_file.ts";

/** Names that a directory of input is read for. */
const READ = /^[^.].*\.(?:ya?ml|json)$/i;

/** Throws `FileRefused` when `path`, which holds no links, is an input of the run or would be one of the next. */
export async function refuseInput(path: string, { declarations, chosen }: Inputs, io: Io): Promise<void> {
  const real = (name: string): Promise<string | undefined> => io.realPath(name).catch(() => undefined);
  for (const name of [...declarations.files, ...chosen.file]) {
    if (await real(name) === path) throw new FileRefused("it is an input of this run");
  }
  if (!READ.test(basename(path))) return;
  for (const directory of chosen.directory) {
    if (await real(directory) === dirname(path)) {
      throw new FileRefused(
        "it would be read as input by the next run, as it lies in the directory that is applied",
      );
    }
  }
}
