/** Rights of the process that a command does not need: given up before it begins, so that no input can make use of them. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** A right of the process: to open connections, to write files. */
export type Right = "net" | "write";

/** Options that name what is written. */
const WRITING = ["--merge-into", "--out", "--outputs", "--to"];

/**
 * What a command gives up: without a database the network, and then also writing unless an option names a file to write. With
 * one it may be a socket, which takes the right to write to its file.
 */
export function unneededRights(command: CommandUnknownOpts): readonly Right[] {
  const { options } = command;
  if (options.some(({ long }) => long === "--database-url")) return [];
  const writes = options.some((option) =>
    WRITING.includes(option.long ?? "") &&
    command.getOptionValue(option.attributeName()) !== undefined
  );
  return writes ? ["net"] : ["net", "write"];
}
