/** The man page `flagsmith-provision(1)`, from the command tree, exit codes and variables that the help is made from, too. */
import type { CommandWords, OptionWords } from "../../src/cli/completions/command_words.ts";

/** What the page says beside the commands. */
export interface ManFacts {
  readonly version: string;
  /** `2026-11-28`. */
  readonly date: string;
  readonly summary: string;
  /** Code and meaning. */
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
  /** Environment variables that stand for no option, and their meaning. */
  readonly variables: readonly (readonly [names: string, meaning: string])[];
}

/** The page in the macros of man(7). */
export function manPage(commands: readonly CommandWords[], facts: ManFacts): string {
  const { version, date, summary, exitCodes, variables } = facts;
  return [
    `.TH FLAGSMITH\\-PROVISION 1 ${date} "flagsmith\\-provision ${version}" "User Commands"`,
    ".SH NAME",
    `flagsmith\\-provision \\- ${text(summary)}`,
    ".SH SYNOPSIS",
    ".B flagsmith\\-provision",
    ".RI [ command ]",
    ".RI [ options ]",
    ".SH DESCRIPTION",
    "YAML files declare what a Flagsmith instance must hold.",
    "This program creates what is missing, directly in Flagsmith's PostgreSQL database and in one transaction.",
    "Without a command it is",
    ".BR apply .",
    "Every option has an environment variable; the command line takes precedence.",
    "With",
    ".B \\-\\-help",
    "a command prints its help, and",
    ".B \\-\\-version",
    "prints the version.",
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(([code, meaning]) => [".TP", `.B ${text(code)}`, text(meaning)]),
    ".SH ENVIRONMENT",
    ...variables.flatMap(([names, meaning]) => [".TP", `.B ${text(names)}`, text(meaning)]),
    ".SH SEE ALSO",
    ".BR psql (1)",
    "",
  ].flatMap(wrapped).join("\n");
}

/** Longest line of the source, in characters; macros stay whole. */
const WIDTH = 78;

/** Breaks a line of text at blanks; a line never begins with what roff takes for a macro. */
function wrapped(line: string): readonly string[] {
  if (line.length <= WIDTH || line.startsWith(".")) return [line];
  const at = line.lastIndexOf(" ", WIDTH);
  const end = at > 0 ? at : line.indexOf(" ", WIDTH);
  if (end < 0) return [line];
  return [line.slice(0, end), ...wrapped(line.slice(end + 1).replace(/^[.']/, "\\&$&"))];
}

function commandLines({ words, options, operand, description }: CommandWords): readonly string[] {
  return [
    `.SS ${text([...words, ...(operand === undefined ? [] : [operand.name.toUpperCase()])].join(" "))}`,
    `${text(description.slice(0, 1).toUpperCase() + description.slice(1))}.`,
    ...options.flatMap(optionLines),
  ];
}

function optionLines(
  { long, short, placeholder, value, description, variable }: OptionWords,
): readonly string[] {
  const names = [...(short === undefined ? [] : [short]), long].map((name) => `\\fB${text(name)}\\fR`).join(
    ", ",
  );
  const operand = placeholder === "" ? "" : ` \\fI${text(placeholder.replace(/[<>]/g, ""))}\\fR`;
  const choices = value.kind === "choices" && !description.includes(value.choices.join(", "))
    ? ` (${value.choices.join(", ")})`
    : "";
  return [
    ".TP",
    `${names}${operand}`,
    `${text(`${description}${choices}`)}.`,
    `Environment: ${text(variable)}.`,
  ];
}

/** Escapes what roff reads as its own: backslashes, hyphens, and a dot or an apostrophe at the start of a line. */
function text(plain: string): string {
  return plain.replaceAll("`", "").replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...")
    .replace(/^[.']/, "\\&$&");
}
