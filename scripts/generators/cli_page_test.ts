import assert from "node:assert/strict";
import { allCommands } from "../../src/cli/command_tree.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { EXIT } from "../../src/diagnostics/error.ts";
import { runCli } from "../../tests/support/run_cli.ts";
import { cliPage } from "./cli_page.ts";
import { processIo } from "../../src/cli/io.ts";

Deno.test("cliPage() has every command with every option and its environment variable, and every exit code", async () => {
  const page = (await cliPage())["docs/cli.md"] ?? "";
  const sections = page.split(/^## /m);
  for (const { words, command } of allCommands(buildProgram(processIo(), { exitCode: 0 }))) {
    const section = sections.find((text) => new RegExp(`^\`${words.join(" ")}( [A-Z]+)*\``).test(text)) ?? "";
    const shown = [...section.matchAll(/^\| `([^`]*)` .* `(\w+)` \|$/gm)].map((
      [, flags, env],
    ) => [flags, env]);
    const variables = [...(await runCli([...words, "--help"])).out.matchAll(/\(env:\s+(\w+)/g)].map((
      match,
    ) => match[1]);
    assert.deepEqual(shown, command.options.map((option, at) => [option.flags, variables[at]]));
  }
  const codes = [...page.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  assert.deepEqual(codes, Object.values(EXIT));
});
