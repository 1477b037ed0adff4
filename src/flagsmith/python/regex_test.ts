import assert from "node:assert/strict";
import fc from "fast-check";
import { checkPythonRegex } from "./regex.ts";

// Verdicts of CPython 3.11.
const ACCEPTED = [
  "",
  "^[a-z]+$",
  "a|",
  "()",
  "()*",
  "(?:)*",
  "(?:a*)*",
  "(?=a)*",
  "(a)\\1",
  "(?P<n>a)(?P=n)",
  "(?P<ünï>a)",
  "(?i)a(?#comment)b",
  "(?#comment)(?i)a",
  "(?i)(?m)a",
  "(?i:a(?-i:b))",
  "(?a:\\w)(?u:\\w)",
  "(?s-x:.)",
  "(?x) a # comment ) with (",
  "(?x)\n(?i)a",
  "(?>a+)b",
  "a++b*+c?+d{2}+",
  "a{,}",
  "a{,3}",
  "a{}",
  "{",
  "{}",
  "a{1",
  "a{x}",
  "a{1,2}{",
  "]",
  "}",
  "[]a]",
  "[^]a]",
  "[a-]",
  "[-a]",
  "[a\\-z]",
  "[\\w-]",
  "[[a]",
  "[\\b\\n\\x41\\u00e9\\U0001f600]",
  "\\x41\\u00e9\\0\\07\\012\\377",
  "\\_\\-\\é\\ ",
  "(?<=ab|cd)e",
  "(?<!a{3})b",
  "(?<=(?:ab){2})c",
  "(a)(?<=\\1)b",
  "(?<=^)a",
  "(a)?(?(1)b|c)",
  "(?(1)b)(a)",
  "(?P<n>a)(?(n)b)",
  "\\N{EM DASH}",
  "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10",
];

const REFUSED: [string, string, number][] = [
  ["\\", "Backslash at the end of the pattern", 0],
  ["a\\q", 'Python does not know the escape "\\q"', 1],
  ["\\p{L}", 'Python does not know the escape "\\p"', 0],
  ["[\\B]", 'Python does not know the escape "\\B"', 1],
  ["[\\9]", 'Python does not know the escape "\\9"', 1],
  ["*a", "Nothing to repeat", 0],
  ["a|*", "Nothing to repeat", 2],
  ["^*", "Nothing to repeat", 1],
  ["\\b+", "Nothing to repeat", 2],
  ["(?i)*", "Nothing to repeat", 4],
  ["{1}", "Nothing to repeat", 0],
  ["a**", "A repetition cannot be repeated without a group", 2],
  ["a{1}{2}", "A repetition cannot be repeated without a group", 4],
  ["a*+*", "A repetition cannot be repeated without a group", 3],
  ["a{3,1}", "Smallest number of repetitions is greater than the largest", 1],
  ["a{4294967295}", "Number of repetitions is too large", 1],
  ["(", "Parenthesis is not closed", 0],
  ["a(b", "Parenthesis is not closed", 1],
  ["(?", "Parenthesis is not closed", 0],
  ["a)", "Closing parenthesis without an opening one", 1],
  ["[", "Character set is not closed", 0],
  ["[]", "Character set is not closed", 0],
  ["[a-", "Character set is not closed", 0],
  ["[z-a]", "Character range is in reverse order", 1],
  ["[a-\\d]", "A character range needs a character at both ends", 1],
  ["[\\d-a]", "A character range needs a character at both ends", 1],
  ["(?<name>a)", "Python writes named groups (?P<name>…)", 0],
  ["(?P>n)", 'Only "<" and "=" can follow "(?P"', 0],
  ["(?P<1>a)", '"1" cannot be the name of a group', 0],
  ["(?P<>a)", "Missing group name", 4],
  ["(?P<n", 'Missing ">" after group name', 4],
  ["(?P<n>a)(?P<n>b)", 'Group name "n" is used twice', 8],
  ["(?P=n)", 'There is no group called "n" before this place', 0],
  ["(?P<n>(?P=n))", "A group cannot refer to itself while it is open", 6],
  ["\\1", "There is no group 1 before this place", 0],
  ["(\\1)", "A group cannot refer to itself while it is open", 1],
  ["(?(2)a)(b)", "There is no group 2", 3],
  ["(?(0)a)", "Groups are numbered from 1", 3],
  ["(?(n)a)", 'There is no group called "n" before this place', 3],
  ["(a)(?(1)a|b|c)", "A condition has two branches at most", 11],
  ["(?<=a*)b", "A lookbehind needs a fixed width", 0],
  ["(?<!a|bc)d", "A lookbehind needs a fixed width", 0],
  ["(?<=(a)\\1)b", "A lookbehind can only refer to groups before it", 7],
  ["a(?i)b", "Flags for the whole pattern must be at its beginning", 1],
  ["a|(?i)b", "Flags for the whole pattern must be at its beginning", 2],
  ["((?i)b)", "Flags for the whole pattern must be at its beginning", 1],
  ["(?au:a)", 'Flags "a" and "u" exclude each other', 0],
  ["(?a)(?u)a", 'Flags "a" and "u" exclude each other', 4],
  ["(?-a:a)", 'Flags "a" and "u" cannot be turned off', 0],
  ["(?i-i:a)", "A flag is turned on and off", 0],
  ["(?L)a", 'Flag "L" is for bytes only', 0],
  ["(?z)a", '"(?" cannot be followed by "z"', 0],
  ["(?-)a", '"(?" cannot be followed by "-)"', 0],
  ["(?iz)a", "Flags must end with a colon or a parenthesis", 0],
  ["(?#a", "Comment is not closed", 0],
  ["\\x4", 'Escape "\\x4" needs 2 hexadecimal digits', 0],
  ["\\u123g", 'Escape "\\u123" needs 4 hexadecimal digits', 0],
  ["\\U00110000", 'Escape "\\U00110000" is beyond the last character', 0],
  ["\\777", 'Octal escape "\\777" is above "\\377"', 0],
  ["\\N", 'Escape "\\N" needs a name in braces', 0],
  ["\\N{?}", 'No character is called "?"', 0],
  ["😀(", "Parenthesis is not closed", 2],
];

Deno.test("checkPythonRegex() accepts what Python compiles", () => {
  const refused = ACCEPTED.map((pattern) => ({ pattern, ...checkPythonRegex(pattern) })).filter((c) => !c.ok);
  assert.deepEqual(refused, []);
});

Deno.test("checkPythonRegex() says what Python refuses and where", () => {
  assert.deepEqual(
    REFUSED.map(([pattern]) => ({ pattern, ...checkPythonRegex(pattern) })),
    REFUSED.map(([pattern, problem, at]) => ({ pattern, ok: false, problem, at })),
  );
});

Deno.test("checkPythonRegex() refuses nesting beyond Python's recursion limit", () => {
  const nested = (depth: number) => checkPythonRegex("(".repeat(depth) + ")".repeat(depth)).ok;
  assert.deepEqual([nested(399), nested(400), nested(100_000)], [true, false, false]);
});

Deno.test("checkPythonRegex() accepts any text when its special characters are escaped", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.deepEqual(checkPythonRegex(text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&")), { ok: true });
  }));
});

Deno.test("checkPythonRegex() points into the pattern when it refuses it", () => {
  const pieces = fc.constantFrom(
    "a",
    "(",
    ")",
    "[",
    "]",
    "*",
    "?",
    "{1}",
    "\\",
    "|",
    "(?P<n>",
    "(?<=",
    "\\1",
    "-",
  );
  fc.assert(fc.property(fc.array(pieces).map((list) => list.join("")), (pattern) => {
    const check = checkPythonRegex(pattern);
    if (!check.ok) assert.ok(check.at >= 0 && check.at <= pattern.length);
  }));
});
