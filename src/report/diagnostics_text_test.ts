import assert from "node:assert/strict";
import type { Code } from "../diagnostics/codes.ts";
import { CODES } from "../diagnostics/codes.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { sourceFile } from "../diagnostics/source_file.ts";
import type { SourceFile, Span } from "../diagnostics/source_file.ts";
import { renderDiagnostics } from "./diagnostics_text.ts";

/** The span of `part` in `file`. */
function at(file: SourceFile, part: string): Span {
  const start = file.text.indexOf(part);
  assert.notEqual(start, -1);
  return { file, start, end: start + part.length };
}

function finding(code: Code, span: Span | undefined, message: string, hint?: string): Diagnostic {
  return { code, severity: CODES[code].severity, message, span, hint };
}

/** Renders one finding whose message does not matter, without its first line. */
function snippet(span: Span, masked: readonly Span[] = [], code: Code = "FP204"): string[] {
  return renderDiagnostics([finding(code, span, "Message")], masked).split("\n").slice(1, -1);
}

Deno.test("renderDiagnostics() gives place, snippet, carets and hint", () => {
  const text = Array.from({ length: 13 }, (_, i) => `# ${i + 1}`).join("\n") + "\n       feature: dark-mod\n";
  const file = sourceFile("provisioning/20-features.yaml", text);
  const hint = 'Did you mean "dark-mode"? It is defined at provisioning/20-features.yaml:6:13';

  const output = renderDiagnostics([
    finding("FP002", undefined, 'Directory "x" does not exist', "Allow it with --allow-empty"),
    finding("FP204", at(file, "dark-mod"), 'Feature "dark-mod" is not defined in project "web"', hint),
    finding("FP350", { file, start: 0, end: 1 }, "Left alone"),
  ], []);

  assert.deepEqual(output.split("\n"), [
    'error: Directory "x" does not exist [FP002]',
    "  = hint: Allow it with --allow-empty",
    'provisioning/20-features.yaml:14:17: error: Feature "dark-mod" is not defined in project "web" [FP204]',
    "   |",
    "14 |        feature: dark-mod",
    "   |                 ^~~~~~~~",
    `   = hint: ${hint}`,
    "provisioning/20-features.yaml:1:1: warning: Left alone [FP350]",
    "  |",
    "1 | # 1",
    "  | ^",
    "",
  ]);
});

Deno.test("renderDiagnostics() gives nothing for no findings", () => {
  assert.equal(renderDiagnostics([], []), "");
});

Deno.test("renderDiagnostics() colours place, severity, carets and hint when asked", () => {
  const file = sourceFile("a.yaml", "a: b\n");

  const output = renderDiagnostics([finding("FP150", at(file, "b"), "M", "H")], [], { color: true });

  assert.deepEqual(output.split("\n"), [
    "\x1b[1ma.yaml:1:4:\x1b[0m \x1b[1;33mwarning:\x1b[0m M [FP150]",
    "  |",
    "1 | a: b",
    "  |    \x1b[1;33m^\x1b[0m",
    "  = \x1b[1mhint:\x1b[0m H",
    "",
  ]);
});

Deno.test("renderDiagnostics() ends the carets with the line, and shows one for an empty span", () => {
  const file = sourceFile("a.yaml", "a: |\n  x\n\nlast");

  assert.deepEqual(snippet({ file, start: 3, end: 9 }), ["  |", "1 | a: |", "  |    ^"]);
  assert.deepEqual(snippet({ file, start: 0, end: 9 }), ["  |", "1 | a: |", "  | ^~~~"]);
  assert.deepEqual(snippet({ file, start: 4, end: 4 }), ["  |", "1 | a: |", "  |     ^"]);
  assert.deepEqual(snippet({ file, start: 9, end: 9 }), ["  |", "3 |", "  | ^"]);
  assert.deepEqual(snippet({ file, start: 14, end: 20 }), ["  |", "4 | last", "  |     ^"]);
});

Deno.test("renderDiagnostics() aligns carets below tabs, wide characters and escaped controls", () => {
  const file = sourceFile("a.yaml", "\t日本: 'é👩‍👩‍👧e\u0301x\x1b[2J\u202e' # ｱ한\r\n");

  assert.deepEqual(snippet(at(file, "日本")), [
    "  |",
    "1 |  日本: 'é👩‍👩‍👧e\u0301x\\x1b[2J\\u202e' # ｱ한",
    "  |  ^~~~",
  ]);
  assert.deepEqual(snippet(at(file, "x")).at(-1), "  | " + " ".repeat(12) + "^");
  assert.deepEqual(
    snippet(at(file, "\u202e")).at(-1),
    "  | " + " ".repeat(20) + "^~~~~~",
  );
  assert.deepEqual(snippet(at(file, "한")).at(-1), "  | " + " ".repeat(31) + "^~");
});

Deno.test("renderDiagnostics() escapes controls in message, hint and file name", () => {
  const file = sourceFile("a\x1b[1m.yaml", "x");

  const output = renderDiagnostics([
    finding("FP102", { file, start: 0, end: 1 }, 'Key "a\nb" \u202e', "H\x07"),
  ], []);

  assert.deepEqual(output.split("\n"), [
    'a\\x1b[1m.yaml:1:1: error: Key "a\\x0ab" \\u202e [FP102]',
    "  |",
    "1 | x",
    "  | ^",
    "  = hint: H\\x07",
    "",
  ]);
});

Deno.test("renderDiagnostics() cuts long lines to a window around the caret", () => {
  const digits = "0123456789".repeat(30);
  const file = sourceFile("a.yaml", digits);
  const long = sourceFile("b.json", "x".repeat(1_000_000) + "HERE" + "y".repeat(1_000_000));

  assert.deepEqual(snippet({ file, start: 0, end: 3 }), ["  |", `1 | ${digits.slice(0, 100)}…`, "  | ^~~"]);
  assert.deepEqual(snippet({ file, start: 150, end: 153 }), [
    "  |",
    `1 | …${digits.slice(110, 210)}…`,
    "  | " + " ".repeat(41) + "^~~",
  ]);
  assert.deepEqual(snippet({ file, start: 298, end: 300 }), [
    "  |",
    `1 | …${digits.slice(200)}`,
    "  | " + " ".repeat(99) + "^~",
  ]);
  assert.deepEqual(snippet({ file, start: 10, end: 290 }), [
    "  |",
    `1 | ${digits.slice(0, 100)}…`,
    "  | " + " ".repeat(10) + "^" + "~".repeat(89),
  ]);
  assert.deepEqual(snippet(at(long, "HERE")), [
    "  |",
    `1 | …${"x".repeat(40)}HERE${"y".repeat(56)}…`,
    "  | " + " ".repeat(41) + "^~~~",
  ]);
});

Deno.test("renderDiagnostics() masks secrets, and carets follow", () => {
  const file = sourceFile("a.yaml", "- {password: hunter2, email: x}\n");
  const other = sourceFile("b.yaml", "- {password: hunter2, email: x}\n");
  const masked = [at(file, "hunter2"), at(file, "ter2"), at(other, "email")];

  assert.deepEqual(snippet(at(file, "email"), masked), [
    "  |",
    "1 | - {password: ••••, email: x}",
    "  |                    ^~~~~",
  ]);
  assert.deepEqual(snippet(at(file, "nt"), masked), [
    "  |",
    "1 | - {password: ••••, email: x}",
    "  |              ^~~~",
  ]);
  assert.deepEqual(snippet(at(file, "password: hunter2"), masked), [
    "  |",
    "1 | - {password: ••••, email: x}",
    "  |    ^~~~~~~~~~~~~~",
  ]);
});

Deno.test("renderDiagnostics() masks each line of a secret of several lines", () => {
  const file = sourceFile("a.yaml", 'key: "line1\n  line2\n  line3" # end\n');
  const masked = [at(file, '"line1\n  line2\n  line3"')];

  assert.deepEqual(snippet(at(file, "line1"), masked), ["  |", "1 | key: ••••", "  |      ^~~~"]);
  assert.deepEqual(snippet(at(file, "line2"), masked), ["  |", "2 |   ••••", "  |   ^~~~"]);
  assert.deepEqual(snippet(at(file, "# end"), masked), ["  |", "3 |   •••• # end", "  |        ^~~~~"]);
});

Deno.test("renderDiagnostics() masks secrets that a window would cut", () => {
  const file = sourceFile("a.json", "x".repeat(600) + "S".repeat(5000) + "HERE" + "S".repeat(5000));
  const masked = [{ file, start: 600, end: 5600 }, { file, start: 5604, end: 10_604 }];

  assert.deepEqual(snippet(at(file, "HERE"), masked), ["  |", "1 | …••••HERE••••", "  |      ^~~~"]);
});

Deno.test("renderDiagnostics() shows no value of a line that is not well-formed", () => {
  const cases: [string, string, string[]][] = [
    ["  password: hunter2: x", "hunter2", ["1 |   password: …", "  |             ^"]],
    ["  - hunter2: x", "hunter2", ["1 |   - …", "  |     ^"]],
    ["  - hunter2: x", "- ", ["1 |   - …", "  |   ^~"]],
    ['{"name":"hunter2" x', "x", ['1 | {"name":…', "  |         ^"]],
    ["{name: hunter2", "name", ["1 | {name: …", "  |  ^~~~"]],
    ["hunter2, b: x", "b", ["1 | …", "  | ^"]],
    ["[hunter2, b: x", "b", ["1 | …", "  | ^"]],
    ["'hunter2' b: x", "b", ["1 | …", "  | ^"]],
    ["hunter2", "hunter2", ["1 | …", "  | ^"]],
    ["a:hunter2", "hunter2", ["1 | …", "  | ^"]],
    ["password:", "password", ["1 | password:", "  | ^~~~~~~~"]],
    ["\tname: hunter2", "\t", ["1 |  name: …", "  | ^"]],
    ["a: |\n  hunter2\n  hunter2: b", "b", ["3 |   …", "  |   ^"]],
    ["- k: >-\n\n    x\n   hunter2: b", " b", ["4 |    …", "  |    ^"]],
    ["a: |\n  x\nvalue: hunter2", "hunter2", ["3 | value: …", "  |        ^"]],
    // A key of nothing in the format: it may be a line of a text that is not closed.
    ["hunter2: x", "x", ["1 | …", "  | ^"]],
    ["key: |\n  x\n hunter2: y", "hunter2", ["3 |  …", "  |  ^"]],
    ["  - hunter2: |", "|", ["1 |   - …", "  |     ^"]],
    ["{hunter2: x", "x", ["1 | …", "  | ^"]],
    ['"hunter2": x', "x", ["1 | …", "  | ^"]],
    // No key by the look of it: it may be a value.
    ["  my hunter2 is: x", "x", ["1 |   …", "  |   ^"]],
    ["$ hunter2: x", "x", ["1 | …", "  | ^"]],
    ['"hunter 2": x', "x", ["1 | …", "  | ^"]],
    ["{'hunter2!': x", "x", ["1 | …", "  | ^"]],
    ["7hunter2: x", "x", ["1 | …", "  | ^"]],
    ["<<: x", "x", ["1 | <<: …", "  |     ^"]],
  ];

  const results = cases.map((
    [text, part],
  ) => [text, part, snippet(at(sourceFile("a", text), part), [], "FP010").slice(1)]);

  assert.deepEqual(results, cases);
});

Deno.test("renderDiagnostics() shows no key of a malformed line that is part of a masked text", () => {
  const file = sourceFile("a.yaml", "a: 'x\n  hunter2: 1\n  y' z\n");

  const lines = snippet(at(file, ": 1"), [at(file, "'x\n  hunter2: 1\n  y'")], "FP010");

  assert.deepEqual(lines, ["  |", "2 |   …", "  |   ^"]);
});
