import assert from "node:assert/strict";
import { didYouMean, nearest } from "./suggest.ts";

Deno.test("nearest() allows more typing mistakes in longer names", () => {
  assert.deepEqual(nearest("nme", ["name", "game"]), ["name"]);
  assert.deepEqual(nearest("fetaures", ["features", "segments"]), ["features"]);
  assert.deepEqual(nearest("x", ["abc"]), []);
});

Deno.test("nearest() puts a name that differs in case only first", () => {
  assert.deepEqual(nearest("dark_Mode", ["dark_mode", "dark_mod"]), ["dark_mode", "dark_mod"]);
});

Deno.test("didYouMean() names at most three candidates", () => {
  assert.equal(
    didYouMean("aaaa1", ["aaaa2", "aaaa3", "aaaa4", "aaaa5"]),
    'Did you mean "aaaa2" or "aaaa3" or "aaaa4"?',
  );
  assert.equal(didYouMean("zzz", ["aaa"]), undefined);
});
