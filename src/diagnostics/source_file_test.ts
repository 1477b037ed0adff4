import assert from "node:assert/strict";
import { lineText, placeOf, positionAt, sourceFile } from "./source_file.ts";

const file = sourceFile("a.yaml", "ab\r\n😀x\n\nlast");

Deno.test("positionAt() counts lines and characters from 1", () => {
  assert.deepEqual(positionAt(file, 0), { line: 1, column: 1 });
  assert.deepEqual(positionAt(file, file.text.indexOf("x")), { line: 2, column: 2 });
  assert.deepEqual(positionAt(file, 999), { line: 4, column: 5 });
});

Deno.test("lineText() gives a line without its break", () => {
  assert.deepEqual([1, 2, 3, 4].map((line) => lineText(file, line)), ["ab", "😀x", "", "last"]);
});

Deno.test("placeOf() is file, line and column", () => {
  assert.equal(placeOf({ file, start: file.text.indexOf("last"), end: 0 }), "a.yaml:4:1");
});

Deno.test("positionAt() counts characters of a long line as of a short one", () => {
  const line = "aé😀\ud800b".repeat(2000);
  const file = sourceFile("f", `x\n${line}\ny`);
  for (const at of [2, 3, 1026, 1027, 5000, 11_999, 1500, line.length + 1, line.length + 3]) {
    const from = at > line.length + 2 ? line.length + 3 : 2;
    assert.deepEqual(positionAt(file, at), {
      line: from === 2 ? 2 : 3,
      column: [...file.text.slice(from, at)].length + 1,
    }, String(at));
  }
});
