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
