import assert from "node:assert/strict";
import { align } from "./align.ts";

const same = (a: string, b: string): number | undefined => (a[0] === b[0] ? (a === b ? 3 : 1) : undefined);

Deno.test("align() pairs items in order, so that as much as can be stays", () => {
  assert.deepEqual(align(["a", "b", "c"], ["a", "x", "c"], same), [0, undefined, 2]);
  assert.deepEqual(align(["a", "b"], ["x", "a", "b"], same), [1, 2]);
  assert.deepEqual(align(["a1", "a2"], ["a2"], same), [undefined, 0]);
  assert.deepEqual(align(["b", "a"], ["a", "b"], same)?.filter((one) => one !== undefined).length, 1);
  assert.deepEqual(align([], ["a"], same), []);
});

Deno.test("align() looks at no lists whose pairs are more than a million", () => {
  const long = Array.from({ length: 1001 }, () => "a");
  assert.equal(align(long, long, same), undefined);
});
