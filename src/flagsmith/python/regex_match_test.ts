import assert from "node:assert/strict";
import { featureNameMatches, pythonMatchStart } from "./regex_match.ts";

// Results of CPython 3.11's `re.match(pattern, text) is not None`.
const DECIDED: [string, string, boolean][] = [
  ["b", "ab", false],
  ["a", "ab", true],
  ["a$", "a\n", true],
  ["a\\Z", "a\n", false],
  ["a$\\n", "a\n", true],
  ["(?m)a$", "a\nb", true],
  ["a$", "a\nb", false],
  ["(?m)a\\n^b", "a\nb", true],
  ["a\\n^b", "a\nb", false],
  [".", "\n", false],
  ["(?s).", "\n", true],
  [".", "\r", true],
  ["\\s", "\x1c", true],
  ["(?a)\\s", "\x1c", false],
  ["\\s", "\xa0", true],
  ["(?a)\\s", "\ufeff", false],
  ["\\w+$", "é_1", true],
  ["(?a)\\w", "é", false],
  ["(?a:\\d)", "٣", false],
  ["\\B", "", false],
  ["\\b", "", false],
  ["\\Ba", " a", false],
  [" \\ba\\b", " a", true],
  ["(?i)[B-D]x", "cX", true],
  ["(?i)[^b]", "B", false],
  ["(?i:a)b", "AB", false],
  ["(?i)a(?-i:b)", "AB", false],
  ["[\\W\\d]", "5", true],
  ["[^\\W\\d]", "5", false],
  ["(?P<n>a|ab)c", "abc", true],
  ["(?>a|ab)c", "abc", false],
  ["a*+a", "aaa", false],
  ["(?:ab)??c", "abc", true],
  ["(?<=a)b", "ab", false],
  ["a(?<=a)(?!c)b", "ab", true],
  ["é😀.$", "é😀😀", true],
  ["[à-ü]", "é", true],
  ["a{,2}$", "aaa", false],
  ["(?x) a b # c", "ab", true],
  ["[a&&b]", "&", true],
  ["[]-a]", "^", true],
  ["/", "/", true],
];

const UNDECIDED: [string, string][] = [
  ["(", "a"],
  ["(a)\\1", "aa"],
  ["(a)?(?(1)b|c)", "c"],
  ["\\N{EM DASH}", "—"],
  ["(?:a*)*b", "ab"],
  ["(?i)é", "É"],
  ["(?i)a", "é"],
  ["\\w", "漢"],
  ["\\d", "٣"],
  ["(?<=a)(?>b)", "ab"],
];

Deno.test("pythonMatchStart() matches as Python's re.match() does", () => {
  assert.deepEqual(
    DECIDED.map(([pattern, text]) => [pattern, text, pythonMatchStart(pattern, text)]),
    DECIDED,
  );
});

Deno.test("pythonMatchStart() is undefined when it cannot be decided faithfully", () => {
  assert.deepEqual(
    UNDECIDED.map(([pattern, text]) => [pattern, text, pythonMatchStart(pattern, text)]),
    UNDECIDED.map(([pattern, text]) => [pattern, text, undefined]),
  );
});

Deno.test("pythonMatchStart() gives up within its budget on patterns that other engines need hours for", () => {
  const start = performance.now();
  const name = `${"a".repeat(1999)}-`;
  for (
    const pattern of [
      "(a+)+$",
      "(a|aa)+$",
      "(?:a?a?)+?b",
      "a*a*a*a*a*b",
      "(.*)(.*)(.*)(.*)(.*)(.*)b",
      "(?:(?:a*)b?a)*$",
    ]
  ) {
    assert.notEqual(pythonMatchStart(pattern, name), true, pattern);
  }
  assert.equal(pythonMatchStart("(a+)+$", name), undefined);
  assert.ok(performance.now() - start < 2000);
});

Deno.test("pythonMatchStart() decides ordinary patterns for the longest names", () => {
  const name = "feature_name".repeat(166);
  assert.equal(pythonMatchStart("^[a-z0-9_]+$", name), true);
  assert.equal(pythonMatchStart("^[a-z]+(?:_[a-z]+){1,1000}$", name), true);
  assert.equal(pythonMatchStart("^[a-z]+$", name), false);
});

Deno.test("featureNameMatches() puts anchors around the pattern without grouping it", () => {
  const cases: [string, string, boolean | undefined][] = [
    ["[a-z_]+", "dark_mode", true],
    ["[a-z_]+", "dark-mode", false],
    ["[a-z_]+", "dark_mode\n", true],
    ["a|b", "ab", true],
    ["a|b", "bc", false],
    // Flags are not at the beginning of what Flagsmith compiles.
    ["(?i)a", "a", undefined],
  ];
  assert.deepEqual(cases.map(([regex, name]) => [regex, name, featureNameMatches(regex, name)]), cases);
});
