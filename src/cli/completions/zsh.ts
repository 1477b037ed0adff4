/** Completions for zsh 5 and later. */
import type { CommandWords, OptionWords, ValueWords } from "./command_words.ts";

/** The script: a file `_flagsmith-provision` in `$fpath`, or sourced after `compinit`. */
export function zshCompletions(commands: readonly CommandWords[]): string {
  const top = commands.filter(({ words }) => words.length === 1);
  return `#compdef flagsmith-provision
# zsh completions of flagsmith-provision: source <(flagsmith-provision completions zsh)
_flagsmith_provision() {
  local curcontext="$curcontext" state line command
  local -a commands version
  commands=(
${top.map(({ words, description }) => `    ${quoted(`${words[0]}:${description}`)}`).join("\n")}
    'help:print the help of a command'
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    return
  fi
  command=$words[2]
  case "$command" in
    -*)
      command=apply
      if (( CURRENT == 2 )); then version=('--version[print the version]'); fi
      ;;
${
    commands.filter(({ commands: below }) => below.length > 0).map(({ words, commands: below }) =>
      `    ${words[0]})
      if (( CURRENT == 3 )) && [[ $words[3] != -* ]]; then
        compadd -- ${below.join(" ")}
        return
      fi
      case "$words[3]" in ${below.join("|")}) command="${
        words[0]
      } $words[3]"; shift words; (( CURRENT-- )) ;; esac
      ;;`
    ).join("\n")
  }
  esac
  if [[ $words[2] != -* ]]; then shift words; (( CURRENT-- )); fi
  case "$command" in
${
    commands.map((command) =>
      `    ${[command.words.join(" "), ...command.aliases].map(quoted).join("|")})
      _arguments -s -S ${argumentsOf(command).join(" ")} $version
      ;;`
    ).join("\n")
  }
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _flagsmith_provision "$@"; else compdef _flagsmith_provision flagsmith-provision; fi
`;
}

function argumentsOf({ options, operand }: CommandWords): readonly string[] {
  const specs = options.flatMap((option) => {
    const names = option.short === undefined ? [option.long] : [option.long, option.short];
    return names.map((name) => specOf(name, option));
  });
  const rest = operand === undefined ? [] : [quoted(`1:${escaped(operand.name)}:${action(operand.value)}`)];
  return [...specs, ...rest, quoted("--help[print this help]")];
}

function specOf(name: string, { placeholder, value, description }: OptionWords): string {
  const repeatable = /\brepeatable\b/.test(description) ? "*" : "";
  const argument = value.kind === "none"
    ? ""
    : `:${escaped(placeholder.replace(/[<>]/g, ""))}:${action(value)}`;
  const equals = value.kind !== "none" && name.startsWith("--") ? "=" : "";
  return quoted(`${repeatable}${name}${equals}[${escaped(description)}]${argument}`);
}

function action(value: ValueWords): string {
  switch (value.kind) {
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "choices":
      return `(${value.choices.join(" ")})`;
    case "none":
    case "text":
      return " ";
  }
}

/** What `_arguments` reads as its own: brackets and colons. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, (c) => `\\${c}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
