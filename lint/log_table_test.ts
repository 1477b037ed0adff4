/** The log has one room: who else knows its table by name would have to be found when the table changes. */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { LOG_TABLE } from "../src/log/table.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Files below `folder`, tests excepted, that hold the text; relative to the project. */
function filesWith(text: string, folder: string): readonly string[] {
  return Array.from(Deno.readDirSync(folder)).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) return filesWith(text, path);
    const holds = !path.endsWith("_test.ts") && Deno.readTextFileSync(path).includes(text);
    return holds ? [relative(ROOT, path).replaceAll("\\", "/")] : [];
  });
}

Deno.test("no file of src/ names the log's table but those of src/log", () => {
  const files = filesWith(LOG_TABLE, join(ROOT, "src"));
  assert.ok(files.includes("src/log/table.ts"));
  assert.deepEqual(files.filter((path) => !path.startsWith("src/log/")), []);
});
