/** Completions in real shells. A shell that is not installed has nothing to complete: its test is left out, as CONTRIBUTING says. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandWords } from "../../src/cli/completions/command_words.ts";
import { COMPLETIONS } from "../../src/cli/commands/completions.ts";
import { processIo } from "../../mod.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { complain } from "../../scripts/terminal.ts";
import { runCli } from "../support/run_cli.ts";

type Shell = keyof typeof COMPLETIONS;

const ZSH_HARNESS = fileURLToPath(new URL("../support/complete.zsh", import.meta.url));

/** How each shell is asked for the matches of a line, given the file of its completions. */
const ASK: Readonly<Record<Shell, (file: string, line: string) => readonly string[]>> = {
  bash: (file, line) => [
    "--norc",
    "-c",
    `source "$1"; set -f; read -ra COMP_WORDS <<<"$2"; [[ $2 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); ` +
    '_flagsmith_provision; printf "%s\\n" "${COMPREPLY[@]}"',
    "bash",
    file,
    line,
  ],
  zsh: (file, line) => ["-f", ZSH_HARNESS, file, line],
  fish: (file, line) => ["--no-config", "-c", `source ${file}; complete -C ${JSON.stringify(line)}`],
};

async function isInstalled(shell: Shell): Promise<boolean> {
  const found = await new Deno.Command("/bin/sh", { args: ["-c", `command -v ${shell}`], stdout: "null" })
    .output();
  return found.success;
}

/** The matches that a shell offers, without descriptions, sorted. */
async function matches(shell: Shell, file: string, line: string): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command(shell, {
    args: [...ASK[shell](file, line)],
    env: { TERM: "dumb", NO_COLOR: "1" },
    stdin: "null",
    stderr: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).split(/\r?\n/);
  const words = shell === "zsh"
    ? lines.flatMap((text) => /MATCH:(\S+)/.exec(text)?.[1] ?? [])
    : lines.map((text) => text.split("\t")[0] ?? "");
  return [...new Set(words.filter((word) => word !== ""))].sort();
}

const PRESETS = ["bootstrap", "demo", "dev", "e2e", "flagsmith-on-flagsmith"];

for (const shell of ["bash", "zsh", "fish"] as const) {
  if (!await isInstalled(shell)) {
    complain(`${shell} is not installed: its completions are not tried`);
    continue;
  }
  Deno.test(`${shell} completes commands, options and values`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const file = join(directory, "completions");
      const { code, out } = await runCli(["completions", shell]);
      assert.equal(code, 0);
      await Deno.writeTextFile(file, out);
      const complete = (line: string) => matches(shell, file, line);
      assert.deepEqual(await complete("flagsmith-provision st"), ["status"]);
      assert.deepEqual(await complete("flagsmith-provision --vers"), ["--version"]);
      assert.deepEqual(await complete("flagsmith-provision plan --detail"), ["--detailed-exitcode"]);
      assert.deepEqual(await complete("flagsmith-provision apply --preset "), PRESETS);
      assert.deepEqual(await complete("flagsmith-provision --on-exists "), ["fail", "skip", "update"]);
      assert.deepEqual(await complete("flagsmith-provision log pru"), ["prune"]);
      assert.deepEqual(
        await complete("flagsmith-provision completions "),
        shell === "bash" ? ["--help", "bash", "fish", "zsh"] : ["bash", "fish", "zsh"],
      );
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("completions name every command and every option of it", () => {
  const commands = commandWords(buildProgram(processIo(), { exitCode: 0 }));
  for (const script of Object.values(COMPLETIONS).map((make) => make(commands))) {
    for (const { words, options } of commands) {
      assert.ok(script.includes(words.at(-1) ?? ""), words.join(" "));
      for (const { long } of options) assert.ok(script.includes(long.slice(2)), `${words.join(" ")} ${long}`);
    }
  }
});
