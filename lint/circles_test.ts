/** The imports of `src/` as a whole: what one file's lint rule cannot see. */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every file of `src/` but tests, with what it imports: values, types and dynamic imports alike. */
function imports(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const walk = (folder: string): void => {
    for (const entry of Deno.readDirSync(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory) walk(path);
      else if (path.endsWith(".ts") && !path.endsWith("_test.ts")) {
        const text = Deno.readTextFileSync(path).replaceAll(/\/\*[^]*?\*\//g, "");
        const names = text.matchAll(/(?:from\s+|import\(\s*|^import\s+)"(\.[^"]+)"/gm);
        found.set(
          relative(ROOT, path),
          [...names].map(([, name = ""]) => relative(ROOT, join(dirname(path), name))),
        );
      }
    }
  };
  walk(join(ROOT, "src"));
  return found;
}

/** Groups of files that lead back to themselves (Tarjan's strongly connected components). */
function circles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: (readonly string[])[] = [];
  const visit = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    open.push(file);
    let low = own;
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next) ?? low);
    }
    lowest.set(file, low);
    if (low === own) {
      const group = open.splice(open.indexOf(file));
      if (group.length > 1) found.push(group.toSorted());
    }
    return low;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}

Deno.test("circles() finds what leads back to itself, and only that", () => {
  const graph = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]], ["d", ["e"]], ["e", []]]);
  assert.deepEqual(circles(graph), [["a", "b", "c"]]);
});

Deno.test("no files of src/ import each other in a circle, types included", () => {
  const graph = imports();
  assert.ok(graph.size > 0);
  assert.deepEqual(circles(graph), []);
});
