import assert from "node:assert/strict";
import { canonical, hashContent } from "./content_hash.ts";

Deno.test("canonical() does not depend on the order of keys, and keeps the order of lists", () => {
  assert.equal(canonical({ b: [2, 1], a: { d: null, c: true } }), '{"a":{"c":true,"d":null},"b":[2,1]}');
});

Deno.test("hashContent() tells kinds, values and types apart", () => {
  const hashes = [
    hashContent("user", { a: 1 }),
    hashContent("tag", { a: 1 }),
    hashContent("user", { a: "1" }),
    hashContent("user", { a: 2 }),
  ];
  assert.equal(new Set(hashes).size, 4);
  assert.match(hashes[0] ?? "", /^v1:[0-9a-f]{64}$/);
  // A change of this value would make every logged entity count as changed in the files.
  assert.equal(
    hashContent("user", { email: "a@example.com" }),
    "v1:56fbf0fd6d7fee9e8fcc2bac41eea055b586aafd7522ee376f27c82f655a5318",
  );
});
