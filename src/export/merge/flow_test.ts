import assert from "node:assert/strict";
import { endOfContent } from "./flow.ts";

Deno.test("endOfContent() passes over blanks, commas and comments, and not over what only looks like them", () => {
  const content = (text: string) => text.slice(0, endOfContent(text, 1, text.lastIndexOf("]")));
  assert.equal(content("[]"), "[");
  assert.equal(content("[ ]"), "[");
  assert.equal(content("[ # x, ]\n]"), "[");
  assert.equal(content("[a, ]"), "[a");
  assert.equal(content("[\n  a, # it's\n  b # last, 'no'\n]"), "[\n  a, # it's\n  b");
  assert.equal(content("[a, *x, # c\n]"), "[a, *x");
  assert.equal(content("[a#b , c'd # e\n]"), "[a#b , c'd");
  assert.equal(content(`['a # it''s, ', "b \\" # " , ]`), `['a # it''s, ', "b \\" # "`);
});
