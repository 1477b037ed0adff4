import assert from "node:assert/strict";
import { outcome, unless } from "./outcome.ts";

Deno.test("outcome() tells each check with its problems and counts them", () => {
  const lines: string[] = [];
  const result = outcome((line) => void lines.push(line));
  result.check("first", unless(true, "not told"));
  result.check("second", [...unless(false, "one"), "two"]);
  assert.equal(result.end(), false);
  assert.deepEqual(lines, [
    "ok   first",
    "FAIL second",
    "       one",
    "       two",
    "real API: 1 passed, 1 failed",
  ]);
});

Deno.test("outcome() is no success when nothing was checked", () => {
  assert.equal(outcome(() => {}).end(), false);
});
