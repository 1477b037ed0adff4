import assert from "node:assert/strict";
import { placesIn } from "./places.ts";

/** The text up to where the content ends of the first list in brackets. */
function content(text: string): string | undefined {
  const start = text.indexOf("[");
  const end = placesIn(text).contentEndOf(start);
  return end === undefined ? undefined : text.slice(start, end);
}

Deno.test("placesIn() tells where the last item in brackets ends, before blanks, commas and comments", () => {
  for (const nothing of ["[]", "[ ]", "[ # x, ]\n]", "[\n  # [a]\n]"]) {
    assert.equal(content(nothing), undefined);
  }
  assert.equal(content("[a, ]"), "[a");
  assert.equal(content("[\n  a, # it's\n  b # last, 'no'\n]"), "[\n  a, # it's\n  b");
  assert.equal(content("x: &x 1\ny: [a, *x, # c\n]"), "[a, *x");
  assert.equal(content("[a#b , c'd # e\n]"), "[a#b , c'd");
  assert.equal(content(`['a # it''s, ', "b \\" # " , ]`), `['a # it''s, ', "b \\" # "`);
  assert.equal(content("[{ a: 1, }, [ ], ]"), "[{ a: 1, }, [ ]");
});

Deno.test("placesIn() tells where a block ends, before comments and the blank lines that are no part of it", () => {
  const end = (text: string) => text.slice(0, placesIn(text).contentEndOf(0));
  assert.equal(end("a: 1 # c\n\n# d\n"), "a: 1");
  assert.equal(end("a:\n  - 1\n  - b: 'x' # c\n\n"), "a:\n  - 1\n  - b: 'x'");
  assert.equal(end("a: 1\nb: # c\n# d\n"), "a: 1\nb:");
  assert.equal(end("a: |\n  x\n\n\n# c\n"), "a: |\n  x");
  assert.equal(end("a: |+ # c\n  x\n\n# d\n"), "a: |+ # c\n  x\n");
  assert.equal(end("- a\r\n-\r\n\r\n"), "- a\r\n-");
  assert.equal(end("a: { b: [1] # c\n } # d\n"), "a: { b: [1] # c\n }");
});

Deno.test("placesIn() tells where a key's colon is, and the anchor and the tag behind it, whatever looks like one", () => {
  const behind = (text: string, key: string) => {
    const colon = placesIn(text).colonOf(text.indexOf(key));
    return colon === undefined ? undefined : text.slice(0, colon);
  };
  assert.equal(behind('"a: b" : 1\n', '"a'), '"a: b" :');
  assert.equal(behind("a: &x !!str # c\n  b\n", "a"), "a: &x !!str");
  assert.equal(behind("a:\n  &x\n  b: 1\n", "a"), "a:");
  assert.equal(behind("x: {b, c: 1}\n", "b"), undefined);
  assert.equal(behind("x: {b, c: 1}\n", "c"), "x: {b, c:");
  assert.equal(behind('{"a":1}', '"a"'), '{"a":');
});
