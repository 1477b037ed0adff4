/** A name of a table alone is its column of that name where it has one, and tables of others may have any columns. */
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

/** Where a text makes JSON of a whole row, with what it names the row by. */
function rowsOf(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:row_to_json|to_jsonb?)\((\w+(?:\.\*)?)\)/g)].map(([, row = ""]) => row);
}

Deno.test("every statement names a whole row by t.*, which no column of it can be", () => {
  assert.deepEqual(rowsOf("row_to_json(t), to_jsonb(x.*) - 'a', to_json(t.name)"), ["t", "x.*"]);
  const all = sources(join(ROOT, "src")).flatMap((path) =>
    rowsOf(Deno.readTextFileSync(path)).map((row) => ({ at: `${relative(ROOT, path)}: ${row}`, row }))
  );
  assert.ok(all.length > 15);
  assert.deepEqual(all.filter(({ row }) => !row.endsWith(".*")).map(({ at }) => at), []);
});
