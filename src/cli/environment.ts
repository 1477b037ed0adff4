/** Options from the environment: each variable becomes the option it stands for, unless the command line gives that one. */
import { CommanderError } from "commander";
import type { Command } from "@commander-js/extra-typings";
import { EXIT } from "../diagnostics/error.ts";
import type { Io } from "./io.ts";
import { envName } from "./options.ts";
import { commandOf } from "./command_tree.ts";

const TRUE = ["1", "true", "yes", "on"];
/** Values of columns may hold commas: the next one begins with its column. */
const COLUMN_SEPARATOR = /,(?=\s*[A-Za-z_]\w*\.[A-Za-z_]\w*=)/;
const FALSE = ["", "0", "false", "no", "off"];

/** The arguments with those of the environment added behind the command's name. */
export function argumentsFromEnvironment(
  args: readonly string[],
  program: Command,
  io: Pick<Io, "env">,
): string[] {
  const { command, depth } = commandOf(args, program);
  const helpOnly = args.some((arg) => ["-h", "--help", "-V", "--version", "help"].includes(arg));
  if (command === undefined || helpOnly) return [...args];
  const added: string[] = [];
  for (const option of command.options) {
    const { long, short } = option;
    if (long === undefined || long === null) continue;
    const value = io.env(envName(long));
    const given = args.some((arg) =>
      arg === long || arg.startsWith(`${long}=`) ||
      (short !== undefined && short !== null && arg.startsWith(short) && !arg.startsWith("--"))
    );
    if (value === undefined || given) continue;
    if (option.required || option.optional) {
      if (value === "") continue;
      const many = Array.isArray(option.defaultValue);
      const separator = long === "--column-default" ? COLUMN_SEPARATOR : ",";
      for (
        const part of many ? value.split(separator).map((p) => p.trim()).filter((p) => p !== "") : [value]
      ) {
        added.push(`${long}=${part}`);
      }
    } else if (TRUE.includes(value.toLowerCase())) added.push(long);
    else if (!FALSE.includes(value.toLowerCase())) {
      throw new CommanderError(EXIT.usage, "provision.environment", `${envName(long)} takes true or false`);
    }
  }
  return [...args.slice(0, depth), ...added, ...args.slice(depth)];
}
