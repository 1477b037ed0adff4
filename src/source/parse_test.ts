import assert from "node:assert/strict";
import { renderDiagnostics } from "../report/diagnostics_text.ts";
import { load } from "./test_support.ts";

Deno.test("parseYaml() reports syntax errors in its own words and shows no value", async () => {
  const cases: [string, string][] = [
    [
      "a: 'open hunter2\nb: c\n",
      "1:4-1:5 FP010 Quote is never closed, or its further lines are not indented",
    ],
    ["a: hunter2: c", '1:4-1:5 FP010 A mapping begins in the middle of a value, or a value holds ": "'],
    ["a: @hunter2", "1:4-1:5 FP010 A key or value begins with a reserved character"],
    ['a: "\\q hunter2"', "1:5-1:6 FP010 Unknown escape in double quotes"],
    ["a: |\n  hunter2\n hunter2: z\n", "3:2-3:3 FP010 Wrong indentation"],
    ["a: 1\n\tb: hunter2", "2:1-2:2 FP010 A tab is used for indentation"],
    ["- hunter2\nb: 1", "2:1-2:2 FP010 Unexpected text"],
    ["a: [hunter2, 2\nb: 3\n", "2:1-2:2 FP010 Bracket is not closed, or its content is not indented"],
    ["a: [hunter2, {b: 2]", "1:19-1:20 FP010 Bracket is not closed, or its content is not indented"],
    ["a: 'hunter2' y", "1:14-1:15 FP010 Unexpected text"],
    ["a: x\nhunter2\nb: 1", "2:1-3:2 FP010 A key spreads over several lines"],
    ["a: !hunter2 hunter2", "1:4-1:12 FP014 Unknown tag"],
    ["a: !file {k: hunter2}", "1:4-1:9 FP014 Tag !file is on something that is not text"],
    ["a: !filehunter2 x", "1:4-1:16 FP014 Unknown tag"],
    ["a: *hunter2", "1:4-1:12 FP013 Alias names no anchor before it"],
    [
      "a: x\n  hunter2\n  hunter2: y\n",
      '1:4-1:5 FP010 A mapping begins in the middle of a value, or a value holds ": "',
    ],
    [
      "a: 'x\n  hunter2: 1\n  y' hunter2: 2\n",
      '1:4-1:5 FP010 A mapping begins in the middle of a value, or a value holds ": "',
    ],
  ];

  const results: [string, string][] = [];
  for (const [text] of cases) {
    const { findings, diagnostics } = await load(text);
    const shown = renderDiagnostics(diagnostics.sorted(), diagnostics.masked);
    results.push([text, findings.join("; ") + (shown.includes("hunter2") ? ` LEAK ${shown}` : "")]);
  }

  assert.deepEqual(results, cases);
});

Deno.test("parseYaml() reads the sound documents beside a broken one, and reports one error for each", async () => {
  const result = await load("a: 1\n---\nb: 'x' y\nc: [}\n---\nd: 2\n---\ne: {\n");

  assert.deepEqual(result.values, [{ a: 1 }, { d: 2 }]);
  assert.deepEqual(result.findings, [
    "3:8-3:9 FP010 Unexpected text",
    "8:4-8:5 FP010 Bracket is not closed, or its content is not indented",
  ]);
});

Deno.test("parseYaml() asks for quotes at each unquoted interpolation inside of brackets", async () => {
  const text = "a: [${X}, b]\nb: {n: pre ${X:hunter2}}\nc: ['${X}', {d: ${X:}}]\n";

  const { values, diagnostics } = await load(text, { env: { X: "x" } });

  assert.deepEqual(values, []);
  assert.deepEqual(renderDiagnostics(diagnostics.sorted().slice(0, 1), []).split("\n"), [
    "<stdin>:1:5: error: Interpolation inside brackets is not quoted [FP015]",
    "  |",
    "1 | a: [${X}, b]",
    "  |     ^~~~",
    "  = hint: Put the whole value in quotes: '${X}'",
    "",
  ]);
  assert.deepEqual(diagnostics.sorted().map((d) => [d.span?.start, d.hint]), [
    [4, "Put the whole value in quotes: '${X}'"],
    [24, "Put the whole value in quotes: '${X:…}'"],
    [54, "Put the whole value in quotes: '${X:…}'"],
  ]);
});

Deno.test("parseYaml() does not mistake text that looks like brackets", async () => {
  const { values, findings } = await load('a: $\nb: {c: "$"}\nd: |\n  [${X}\ne: [a$, {}]\nf: ${X}\n', {
    env: { X: "x" },
  });

  assert.deepEqual(findings, []);
  assert.deepEqual(values, [{ a: "$", b: { c: "$" }, d: "[x\n", e: ["a$", {}], f: "x" }]);
});

Deno.test("parseYaml() refuses deep nesting without reading on", async () => {
  const fits = "a: " + "[".repeat(99) + "]".repeat(99);

  const results = await Promise.all(
    [
      fits,
      "a: " + "[".repeat(99) + "x" + "]".repeat(99),
      "a: " + "[".repeat(100) + "]".repeat(100),
      "[".repeat(200_000),
      "- ".repeat(200_000),
      "? ".repeat(200_000),
    ]
      .map((text) => load(text)),
  );

  assert.deepEqual(results.map((r) => r.findings), [
    [],
    [],
    ["1:103-1:104 FP016 Nested deeper than 100 levels"],
    ["1:101-1:102 FP016 Nested deeper than 100 levels"],
    ["1:201-1:202 FP016 Nested deeper than 100 levels"],
    ["1:201-1:202 FP016 Nested deeper than 100 levels"],
  ]);
});

Deno.test("parseYaml() reads JSON, also indented with tabs", async () => {
  const value = { version: "1.0", list: [1, 1.5, true, null, "${X}\u00e9\u{1F600}\n/"], empty: {} };

  const results = await Promise.all(
    ["\t", 2, 0].map((indent) =>
      load(JSON.stringify(value, null, indent).replace("é", "\\u00e9"), { env: { X: "x" } })
    ),
  );

  const expected = { ...value, list: [1, 1.5, true, null, "x\u00e9\u{1F600}\n/"] };
  assert.deepEqual(results.map((r) => r.values), [[expected], [expected], [expected]]);
  assert.deepEqual(results.map((r) => r.findings), [[], [], []]);
});

Deno.test("parseYaml() keeps to YAML 1.2 when a directive asks for 1.1", async () => {
  const { values, findings } = await load("%YAML 1.1\n---\na: yes\nb: 010\n");

  assert.deepEqual([values, findings], [[{ a: "yes", b: 10 }], []]);
});

Deno.test("parseYaml() shows no key of a document that is not well-formed unless the format has it", async () => {
  const cases: readonly (readonly [text: string, shown: string])[] = [
    ["traits: {hunter2: ${X}}", "1 | traits: {••••${X}}"],
    ["hunter2: {name: ${X}}", "1 | ••••${X}}"],
    ["- {name: ${X}}", "1 | - {name: ${X}}"],
    ["name: |\n  x\n hunter2: {name: ${X}}", "3 |  ••••${X}}"],
    ["name: |\n  x\n hunter2: y", "3 |  …"],
  ];

  const results = [];
  for (const [text] of cases) {
    const { diagnostics } = await load(text, { env: { X: "x" } });
    results.push([text, renderDiagnostics(diagnostics.sorted(), diagnostics.masked).split("\n")[2]]);
  }

  assert.deepEqual(results, cases);
});
