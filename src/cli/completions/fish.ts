/** Completions for fish 3 and later. */
import type { CommandWords, ValueWords } from "./command_words.ts";

/** The script to source, or a file in `~/.config/fish/completions`. */
export function fishCompletions(commands: readonly CommandWords[]): string {
  const top = commands.filter(({ words }) => words.length === 1);
  const names = top.flatMap(({ words, aliases }) => [...words, ...aliases]).join(" ");
  const none = `not __fish_seen_subcommand_from ${names} help`;
  const lines = [
    ...top.map(({ words, description }) => line(none, `-a ${words[0]} -d ${quoted(description)}`)),
    line(none, `-a help -d ${quoted("print the help of a command")}`),
    line(none, `-l version -s V -d ${quoted("print the version")}`),
    `complete -c flagsmith-provision -l help -s h -d ${quoted("print this help")}`,
    ...commands.flatMap((command) => linesOf(command, none)),
  ];
  return `# fish completions of flagsmith-provision: flagsmith-provision completions fish | source
complete -c flagsmith-provision -f
${lines.join("\n")}
`;
}

function linesOf(
  { words, aliases, options, operand, commands: below }: CommandWords,
  none: string,
): readonly string[] {
  const [first = "", second] = words;
  const seen = `__fish_seen_subcommand_from ${[first, ...(second === undefined ? aliases : [])].join(" ")}`;
  const own = second !== undefined
    ? `${seen}; and __fish_seen_subcommand_from ${second}`
    : below.length > 0
    ? `${seen}; and not __fish_seen_subcommand_from ${below.join(" ")}`
    : seen;
  // Without a command it is apply.
  const conditions = first === "apply" ? [own, none] : [own];
  return conditions.flatMap((condition) => [
    ...below.map((name) => line(condition, `-a ${name}`)),
    ...(operand === undefined
      ? []
      : [line(condition, argument(operand.value))].filter((text) => / -/.test(text))),
    ...options.map(({ long, short, value, description }) =>
      line(
        condition,
        [
          `-l ${long.slice(2)}`,
          ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
          argument(value),
          `-d ${quoted(description)}`,
        ].filter((part) => part !== "").join(" "),
      )
    ),
  ]);
}

function line(condition: string, rest: string): string {
  return `complete -c flagsmith-provision -n ${quoted(condition)} ${rest}`;
}

function argument(value: ValueWords): string {
  switch (value.kind) {
    case "none":
      return "";
    case "text":
      return "-x";
    case "file":
      return "-r -F";
    case "directory":
      return `-x -a ${quoted("(__fish_complete_directories)")}`;
    case "choices":
      return `-x -a ${quoted(value.choices.join(" "))}`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
