/** A test file without tests passes, whatever the code does. */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

function testFiles(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? testFiles(path) : name.endsWith("_test.ts") ? [path] : [];
  });
}

Deno.test("every test file holds a test", () => {
  const files = ["src", "tests", "scripts", "lint"].flatMap((folder) => testFiles(join(ROOT, folder)));
  assert.ok(files.length > 100);
  const without = files.filter((path) => !/^\s*Deno\.test\(/m.test(Deno.readTextFileSync(path)));
  assert.deepEqual(without.map((path) => relative(ROOT, path)), []);
});
