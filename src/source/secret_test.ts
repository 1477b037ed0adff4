import assert from "node:assert/strict";
import { format, inspect } from "node:util";
import { MASK, Secret } from "./secret.ts";

Deno.test("Secret gives the mask when it is made a text in any way", () => {
  const secret = new Secret("hunter2");

  const texts = [
    String(secret),
    `${secret}`,
    secret.toString(),
    "" + secret,
    JSON.parse(JSON.stringify({ secret })).secret,
    inspect(secret),
    format("%s", secret),
    format("%o", secret),
    Deno.inspect(secret),
    [secret].join(),
  ];

  assert.deepEqual(texts, texts.map(() => MASK));
  assert.equal(Deno.inspect({ deep: [secret] }).includes("hunter2"), false);
  assert.deepEqual(Object.entries(secret), []);
  assert.equal(new Error(`x ${secret}`).message, `x ${MASK}`);
});

Deno.test("Secret.reveal() gives the text back unchanged", () => {
  assert.equal(new Secret("Pa$$w0rd\n").reveal(), "Pa$$w0rd\n");
});

Deno.test("Secret.equals() compares whole texts", () => {
  const pairs = [["abc", "abc"], ["abc", "abd"], ["abc", "abcabc"], ["", ""], ["", "a"], ["a", ""]] as const;

  const equal = pairs.map(([a, b]) => new Secret(a).equals(new Secret(b)));

  assert.deepEqual(equal, [true, false, false, true, false, false]);
});
