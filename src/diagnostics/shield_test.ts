// deno-lint-ignore-file no-control-regex -- control characters are what this is about
import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { safeJson, safeYaml, shielded, shieldedPaint } from "./shield.ts";

/** What must reach no terminal and no parser: controls but line break and tab, marks of direction, odd line breaks. */
const RAW = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."\x00\x07\x1b[2J\r\n\t\x7f\x85\x9b\u200b\u2028\u202e\u2066\ufeff\ud800"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  ),
});

Deno.test("shielded() and shieldedPaint() let no control character pass, whatever the text", () => {
  fc.assert(fc.property(text, (value) => {
    assert.doesNotMatch(shielded(value), RAW);
    assert.doesNotMatch(shieldedPaint(value).replaceAll(/\x1b\[[\d;]*m|\r?\x1b\[K/g, ""), RAW);
  }));
});

Deno.test("safeJson() and safeYaml() pass every sink unchanged and are read back as they were", () => {
  fc.assert(fc.property(text.filter((value) => value.isWellFormed()), (value) => {
    const json = safeJson({ [`k${value}`]: value }, 2);
    assert.equal(shielded(json), json);
    assert.deepEqual(JSON.parse(json), { [`k${value}`]: value });
    const yaml = safeYaml(`a: ${JSON.stringify(value)}\n`);
    assert.equal(shielded(yaml), yaml);
    assert.equal(parse(yaml).a, value);
  }));
});

Deno.test("shielded() leaves line breaks, tabs, accents and pictures of several parts alone", () => {
  const plain = "a\tb\nÄé 日本 👨‍👩‍👧 🏳️‍🌈 e\u0301";
  assert.equal(shielded(plain), plain);
  assert.equal(shieldedPaint("\x1b[1;31merror:\x1b[0m \x1b[2J"), "\x1b[1;31merror:\x1b[0m \\x1b[2J");
});
