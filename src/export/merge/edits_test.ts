import assert from "node:assert/strict";
import { applyEdits } from "./edits.ts";

Deno.test("applyEdits() changes stretches and leaves everything between them", () => {
  const edits = [{ start: 6, end: 7, text: "X", depth: 0 }, { start: 0, end: 1, text: "", depth: 0 }];
  assert.equal(applyEdits("abcdefgh", edits), "bcdefXh");
  assert.equal(applyEdits("abc", []), "abc");
});

Deno.test("applyEdits() puts what stands deeper first where several insertions meet, and else keeps their order", () => {
  const at = { start: 1, end: 1 };
  const edits = [
    { ...at, text: "[outer]", depth: 2 },
    { ...at, text: "[deep 1]", depth: 4 },
    { ...at, text: "[deep 2]", depth: 4 },
  ];
  assert.equal(applyEdits("ab", edits), "a[deep 1][deep 2][outer]b");
});

Deno.test("applyEdits() throws when two edits change the same characters", () => {
  const edits = [{ start: 0, end: 3, text: "", depth: 0 }, { start: 2, end: 4, text: "", depth: 0 }];
  assert.throws(() => applyEdits("abcdef", edits), RangeError);
});
