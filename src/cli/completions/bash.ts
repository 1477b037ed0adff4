/** Completions for bash 3.2 and later; needs no bash-completion package. */
import type { CommandWords, ValueWords } from "./command_words.ts";

/** The script to source. */
export function bashCompletions(commands: readonly CommandWords[]): string {
  const values = commands.flatMap(({ words, options }) =>
    options.flatMap(({ long, short, value }) =>
      value.kind === "none"
        ? []
        : [`    ${
          [long, ...(short === undefined ? [] : [short])].map((o) => `"${words.join(" ")} ${o}"`).join("|")
        }) ${reply(value)} ;;`]
    )
  );
  const lists = commands.map(({ words, options, operand, commands: below }) => {
    const flags = [
      ...options.flatMap(({ long, short }) => short === undefined ? [long] : [long, short]),
      "--help",
    ];
    const operands = operand?.value.kind === "choices" ? operand.value.choices : [];
    return `    "${words.join(" ")}") list="${[...below, ...operands, ...flags].join(" ")}" ;;`;
  });
  return `# bash completions of flagsmith-provision: source <(flagsmith-provision completions bash)
_flagsmith_provision() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command="" list="" word at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case "$command $word" in
${
    commands.map(({ words, aliases }) => {
      const above = words.slice(0, -1).join(" ");
      return `      ${[words.at(-1), ...aliases].map((name) => `"${above} ${name}"`).join("|")}) command="${
        words.join(" ")
      }" ;;`;
    }).join("\n")
  }
      " -"*) [ -n "$command" ] || command=apply ;;
    esac
  done
  case "\${command:-apply} $previous" in
${values.join("\n")}
  esac
  case "\${command:-apply}" in
${lists.join("\n")}
  esac
  if [ -z "$command" ] && [ "$COMP_CWORD" -eq 1 ]; then
    list="${
    commands.filter(({ words }) => words.length === 1).map(({ words }) => words[0]).join(" ")
  } help $list --version"
  fi
  COMPREPLY=($(compgen -W "$list" -- "$current"))
}
complete -o filenames -F _flagsmith_provision flagsmith-provision
`;
}

function reply(value: ValueWords): string {
  switch (value.kind) {
    case "file":
      return `COMPREPLY=($(compgen -f -- "$current")); return`;
    case "directory":
      return `COMPREPLY=($(compgen -d -- "$current")); return`;
    case "choices":
      return `COMPREPLY=($(compgen -W "${value.choices.join(" ")}" -- "$current")); return`;
    case "none":
    case "text":
      return "return";
  }
}
