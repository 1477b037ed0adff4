import assert from "node:assert/strict";
import { decodeVlq, originalPlace } from "./source_map.ts";

Deno.test("decodeVlq() reads numbers of any sign and size", () => {
  assert.deepEqual(decodeVlq("AAgBC"), [0, 0, 16, 1]);
  assert.deepEqual(decodeVlq("D"), [-1]);
  assert.deepEqual(decodeVlq("gggggE"), [2 ** 26]);
  assert.throws(() => decodeVlq("!"), RangeError);
});

Deno.test("originalPlace() finds the segment that a place lies in, with lines and columns from 1", () => {
  const map = { sources: ["a.ts", "b.ts"], mappings: "AAAA,IAAI;ACCJ,K" };
  assert.equal(originalPlace(map, 1, 1), "a.ts:1:1");
  assert.equal(originalPlace(map, 1, 5), "a.ts:1:5");
  assert.equal(originalPlace(map, 1, 4), "a.ts:1:1");
  assert.equal(originalPlace(map, 2, 3), "b.ts:2:1");
  assert.equal(originalPlace(map, 3, 1), undefined);
});
