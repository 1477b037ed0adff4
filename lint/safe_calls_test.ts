import assert from "node:assert/strict";
import { layersPlugin } from "./layers.ts";

function lint(path: string, source: string): readonly string[] {
  return Deno.lint.runPlugin(layersPlugin("/project", new Set()), `/project/${path}`, source)
    .map(({ id, message }) => `${id.replace("layers/", "")}: ${message}`);
}

Deno.test("written-files reports whatever writes a file outside of the files that may", () => {
  const source = `
    await Deno.writeTextFile("a", "b");
    Deno.renameSync("a", "b");
    await Deno.open("a", { write: true });
    await Deno.open("a", { read: true });
    await Deno.readTextFile("a");`;
  const only = "must not be used outside of src/cli/written_file.ts and src/cli/written_files.ts";
  assert.deepEqual(lint("src/cli/a.ts", source), [
    `written-files: "Deno.writeTextFile" ${only}`,
    `written-files: "Deno.renameSync" ${only}`,
    `written-files: "Deno.open" ${only}`,
  ]);
  for (const path of ["src/cli/written_file.ts", "src/cli/a_test.ts", "scripts/a.ts"]) {
    assert.deepEqual(lint(path, source), []);
  }
});

Deno.test("constant-patterns reports patterns that come from elsewhere", () => {
  const source = `
    new RegExp("a");
    new RegExp(\`^\${SPACE}+\${IDENTIFIER.source}$\`, "u");
    new RegExp(text);
    RegExp(\`^\${text}$\`);`;
  const found = "constant-patterns: A pattern must be a constant of the source";
  assert.deepEqual(lint("src/plan/a.ts", source), [found, found]);
  assert.deepEqual(lint("src/plan/a_test.ts", source), []);
});
