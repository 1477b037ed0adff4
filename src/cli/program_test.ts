import assert from "node:assert/strict";
import { processIo } from "./io.ts";
import { buildProgram, onlyCommand } from "./program.ts";

Deno.test("onlyCommand() is the command that is named, apply without one, and none where others show", () => {
  for (const args of [["plan"], ["plan", "--help"], ["reset-link", "a@b.c"], ["log", "init"]]) {
    assert.equal(onlyCommand(args), args[0]);
  }
  for (const args of [[], ["--dry-run"], ["-f", "plan"]]) assert.equal(onlyCommand(args), "apply");
  for (
    const args of [["--help"], ["-q", "-V"], ["help", "plan"], ["completions", "zsh"], ["paln"], ["toString"]]
  ) {
    assert.equal(onlyCommand(args), undefined, args.join(" "));
  }
});

Deno.test("buildProgram() builds one command as it builds it among all", () => {
  const all = buildProgram(processIo(), { exitCode: 0 });
  for (const command of all.commands) {
    const { commands } = buildProgram(processIo(), { exitCode: 0 }, command.name());
    assert.deepEqual(commands.map((one) => one.helpInformation()), [command.helpInformation()]);
  }
});
