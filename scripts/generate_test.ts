import assert from "node:assert/strict";
import { generate, outdated, write } from "./generate.ts";

Deno.test("generate() formats what the generators return, also text larger than a pipe", async () => {
  const long = `export const long = \`${"line\n".repeat(60_000)}\`;\n`;
  const files = await generate("/nowhere/", [
    () => Promise.resolve({ "a.ts": "export   const a = 'x'" }),
    () => Promise.resolve({ "docs/b.md": "* item\n", "long.ts": long }),
  ]);
  assert.deepEqual(files, { "a.ts": 'export const a = "x";\n', "docs/b.md": "- item\n", "long.ts": long });
});

Deno.test("generate() throws when two generators write the same file", async () => {
  const generator = () => Promise.resolve({ "a.ts": "export {};\n" });
  await assert.rejects(generate("/nowhere/", [generator, generator]), {
    message: 'Two generators write "a.ts"',
  });
});

Deno.test("generate() throws when a generator returns what cannot be parsed", async () => {
  await assert.rejects(generate("/nowhere/", [() => Promise.resolve({ "a.ts": "const =" })]), {
    message: /^Cannot format "a\.ts": /,
  });
});

Deno.test("outdated() names missing and changed files until they are written", async () => {
  const root = `${await Deno.makeTempDir()}/`;
  try {
    const files = { "z/deep/new.md": "new\n", "changed.md": "after\n", "same.md": "same\n" };
    await Deno.writeTextFile(`${root}changed.md`, "before\n");
    await Deno.writeTextFile(`${root}same.md`, "same\n");
    const paths = await outdated(root, files);
    assert.deepEqual(paths, ["changed.md", "z/deep/new.md"]);
    await write(root, files, paths);
    assert.deepEqual(await outdated(root, files), []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
