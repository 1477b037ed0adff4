import assert from "node:assert/strict";
import { differenceLines } from "./difference.ts";

const WORDS = {
  other: (from: string | undefined, to: string | undefined) => `${from ?? "-"} → ${to ?? "-"}`,
  only: (from: readonly string[], to: readonly string[]) => `-${from.join()} +${to.join()}`,
};

Deno.test("differenceLines() takes keys that every object inherits for keys like others", () => {
  const to = Object.fromEntries([["constructor", 1], ["__proto__", 2], ["toString", "x"]]);
  assert.deepEqual(differenceLines("traits", {}, to, WORDS), [
    "traits.constructor: - → 1",
    "traits.__proto__: - → 2",
    'traits.toString: - → "x"',
  ]);
  assert.deepEqual(differenceLines("traits", { constructor: 1 }, { constructor: 2 }, WORDS), [
    "traits.constructor: 1 → 2",
  ]);
});

Deno.test("differenceLines() shows what a list loses and gets, and places of mappings", () => {
  assert.deepEqual(differenceLines("tags", ["a", "b"], ["b", "c"], WORDS), ['tags: -"a" +"c"']);
  assert.deepEqual(differenceLines("rules", { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, WORDS), [
    "rules.a.c: 2 → 3",
  ]);
});
