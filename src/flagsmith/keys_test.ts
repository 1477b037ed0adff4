import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isClientKey,
  isMasterKey,
  isServerKey,
  masterKeyPrefix,
  newClientKey,
  newMasterKey,
  newServerKey,
  randomAlphanumerics,
  shortUuid,
} from "./keys.ts";

const fill = (byte: number) => (length: number) => new Uint8Array(length).fill(byte);

Deno.test("newClientKey() is the shortuuid of a version 4 UUID", () => {
  // Computed with the Python package shortuuid 1.0.11.
  assert.deepEqual(
    [fill(0), fill(255), (length: number) => Uint8Array.from({ length }, (_, i) => i)].map((random) =>
      newClientKey(random)
    ),
    ["222222226WxN9XkumNJJJ8", "oZEq7ovRNwEcvxsXMLKUsV", "224Hj8tHQHdzkdwcN2as5L"],
  );
});

Deno.test("shortUuid() has 22 digits of the alphabet and keeps the number", () => {
  const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (value) => {
    const text = shortUuid(value);
    assert.equal(text.length, 22);
    assert.equal([...text].reduce((sum, digit) => sum * 57n + BigInt(alphabet.indexOf(digit)), 0n), value);
  }));
});

Deno.test("newServerKey() puts ser. before a client key", () => {
  assert.equal(newServerKey(fill(0)), "ser.222222226WxN9XkumNJJJ8");
});

Deno.test("newMasterKey() has a prefix of 8 and a secret of 32 characters", () => {
  assert.deepEqual(newMasterKey(fill(0)), { prefix: "AAAAAAAA", key: `AAAAAAAA.${"A".repeat(32)}` });
  const { prefix, key } = newMasterKey();
  assert.match(key, /^[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}$/);
  assert.equal(masterKeyPrefix(key), prefix);
});

Deno.test("randomAlphanumerics() throws bytes away that would make some letters likelier", () => {
  const calls: number[] = [];
  const random = (length: number) => {
    calls.push(length);
    return Uint8Array.from({ length }, (_, at) => calls.length === 1 ? 248 + at % 8 : at);
  };
  assert.deepEqual([randomAlphanumerics(3, random), calls], ["ABC", [3, 3]]);
});

Deno.test("randomAlphanumerics() gives each letter to the same number of bytes", () => {
  const counts = new Map<string, number>();
  for (let byte = 0; byte < 248; byte++) {
    const letter = randomAlphanumerics(1, fill(byte));
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  assert.deepEqual([counts.size, new Set(counts.values())], [62, new Set([4])]);
});

Deno.test("isClientKey(), isServerKey() and isMasterKey() know which texts can be keys", () => {
  const cases: [string, boolean, boolean, boolean][] = [
    ["224Hj8tHQHdzkdwcN2as5L", true, false, false],
    ["my-fixed-key", true, false, false],
    ["ser.224Hj8tHQHdzkdwcN2as5L", false, true, true],
    ["ser.", false, false, false],
    ["", false, false, false],
    ["a b", false, false, false],
    ["schlüssel", false, false, false],
    ["line\n", false, false, false],
    ["x".repeat(100), true, false, false],
    ["x".repeat(101), false, false, false],
    [`ser.${"x".repeat(96)}`, false, true, true],
    [`ser.${"x".repeat(97)}`, false, false, true],
    ["ABCDEFGH.secret", true, false, true],
    ["ABCDEFGHI.secret", true, false, false],
    [".secret", true, false, false],
    ["ABCDEFGH.", true, false, false],
  ];
  assert.deepEqual(
    cases.map(([key]) => [key, isClientKey(key), isServerKey(key), isMasterKey(key)]),
    cases,
  );
});
