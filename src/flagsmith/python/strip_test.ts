import assert from "node:assert/strict";
import { pythonStrip } from "./strip.ts";

Deno.test("pythonStrip() removes what str.strip() removes", () => {
  // Recorded from Python 3.13. U+FEFF and U+200B are no white space there, U+001C and U+0085 are.
  const cases = [
    ["", ""],
    [" a b ", "a b"],
    ["a\r\n", "a"],
    ["\x1c\x85a\u3000", "a"],
    ["\ufeffa\u200b", "\ufeffa\u200b"],
    [" \n ", ""],
  ];
  assert.deepEqual(cases.map(([text = ""]) => pythonStrip(text)), cases.map(([, stripped]) => stripped));
});
