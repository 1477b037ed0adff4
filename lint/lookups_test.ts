/** A table whose keys are any text is looked up by text from outside: it must not inherit `constructor` and `__proto__`. */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

function sources(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? sources(path) : /(?<!_test)\.ts$/.test(name) ? [path] : [];
  });
}

/** The constant tables of a text, with the first word of what they are made by. */
function tablesOf(text: string): readonly (readonly [name: string, by: string])[] {
  const found = text.matchAll(
    /^(?:export )?const (\w+): Readonly<\s*Record<\s*string,[^;{]*?>\s*>\s*=\s*([\w.]*)/gm,
  );
  return [...found].map(([, name = "", by = ""]) => [name, by]);
}

Deno.test("every constant table with any text for keys is made by lookup()", () => {
  assert.deepEqual(tablesOf("const A: Readonly<Record<string, B>> = {\n"), [["A", ""]]);
  assert.deepEqual(tablesOf("export const A: Readonly<Record<string, readonly [C, D]>> = lookup({\n"), [[
    "A",
    "lookup",
  ]]);
  const all = sources(join(ROOT, "src")).flatMap((path) =>
    tablesOf(Deno.readTextFileSync(path)).map(([name, by]) => ({
      at: `${relative(ROOT, path)}: ${name}`,
      by,
    }))
  );
  assert.ok(all.length > 15);
  assert.deepEqual(all.filter(({ by }) => by !== "lookup").map(({ at }) => at), []);
});
