import assert from "node:assert/strict";
import { checkPythonRegex } from "./regex.ts";
import { pythonMatchStart } from "./regex_match.ts";

/** What CPython said (`scripts/record_python_regex.py`): for each pattern `x`, or a 1 or 0 for each text. */
interface Corpus {
  readonly python: string;
  readonly texts: readonly string[];
  readonly patterns: Readonly<Record<string, string>>;
}

const CORPUS: Corpus = JSON.parse(
  Deno.readTextFileSync(new URL("../../../tests/data/python_regex.json", import.meta.url)),
);
const PATTERNS = Object.entries(CORPUS.patterns);

Deno.test("checkPythonRegex() accepts and refuses each pattern of the corpus as CPython does", () => {
  const differing = PATTERNS.filter(([pattern, result]) => checkPythonRegex(pattern).ok !== (result !== "x"));
  assert.deepEqual(differing, []);
});

Deno.test("pythonMatchStart() matches each text of the corpus as CPython does, or does not decide", () => {
  const differing: unknown[] = [];
  let decided = 0;
  let undecided = 0;
  for (const [pattern, result] of PATTERNS) {
    if (result === "x") continue;
    CORPUS.texts.forEach((text, index) => {
      const found = pythonMatchStart(pattern, text);
      if (found === undefined) undecided++;
      else decided++;
      if (found !== undefined && found !== (result[index] === "1")) differing.push([pattern, text, found]);
    });
  }
  assert.deepEqual(differing, []);
  // Most of what is drawn is decided; a matcher that decides nothing would differ nowhere.
  assert.ok(decided > 10 * undecided / 3, `${decided} decided, ${undecided} not`);
});
