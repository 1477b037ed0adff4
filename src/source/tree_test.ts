import assert from "node:assert/strict";
import { child } from "./node.ts";
import { load } from "./test_support.ts";

Deno.test("buildTree() keeps the source text of plain scalars beside their value", async () => {
  const text = "[007, 1.50, 0x1F, ~, yes, '5', \"\\u0041\", 12345678901234567890, x\n  y]\n";

  const { documents } = await load(text);

  const root = documents[0]?.root;
  const scalars = root?.kind === "sequence"
    ? root.items.map((n) => n.kind === "scalar" ? [n.value, n.text, n.style] : n)
    : [];
  assert.deepEqual(scalars, [
    [7, "007", "plain"],
    [1.5, "1.50", "plain"],
    [31, "0x1F", "plain"],
    [null, "~", "plain"],
    ["yes", "yes", "plain"],
    ["5", "5", "quoted"],
    ["A", "A", "quoted"],
    [12345678901234567890n, "12345678901234567890", "plain"],
    ["x y", "x y", "plain"],
  ]);
});

Deno.test("buildTree() gives every node the span of its value", async () => {
  const { documents } = await load("a: &x !!str 'b'\nc: [1, |\n  ]\n".replace("|\n  ", "2"));

  const root = documents[0]?.root;
  const spans = [root, child(root, "a"), child(root, "c")].map((n) =>
    n?.span.file.text.slice(n.span.start, n.span.end)
  );
  assert.deepEqual(spans, ["a: &x !!str 'b'\nc: [1, 2]\n", "'b'", "[1, 2]"]);
});

Deno.test("buildTree() merges with own keys first, then the earlier mapping", async () => {
  const text = `
base: &base {p: 1, q: 2}
own: {<<: *base, q: 3}
own_first: {q: 3, <<: *base}
list: {<<: [*base, {p: 9, r: 4}]}
quoted: {'<<': 5}
chain: {<<: {<<: *base, s: 1}}
`;

  const { values, findings } = await load(text);

  assert.deepEqual(findings, []);
  assert.deepEqual(values, [{
    base: { p: 1, q: 2 },
    own: { p: 1, q: 3 },
    own_first: { p: 1, q: 3 },
    list: { p: 1, q: 2, r: 4 },
    quoted: { "<<": 5 },
    chain: { p: 1, q: 2, s: 1 },
  }]);
});

Deno.test("buildTree() reports keys that are given twice, are no text, or hold an interpolation", async () => {
  const text =
    "a: 1\n2024: x\na: hunter2\n? [k]\n: 1\n: 2\n${K}: 3\n<<: {z: 1}\n<<: {y: 1}\nd: {<<: 5}\n!file f: 1\n";

  const { values, findings, masked } = await load(text);

  assert.deepEqual(values, [{ a: 1, "2024": "x", d: {}, z: 1 }]);
  assert.deepEqual(findings, [
    '3:1-3:2 FP011 Key "a" is given twice',
    "4:3-4:6 FP017 Key is not text",
    "6:1-6:1 FP017 Key is empty",
    "7:1-7:5 FP021 Interpolation in a key",
    '9:1-9:3 FP011 Key "<<" is given twice',
    '10:9-10:10 FP018 Merge key "<<" takes a mapping or a list of mappings',
    "11:7-11:8 FP014 Tag !file is on a key",
  ]);
  assert.deepEqual(masked, ["hunter2", "[k]", "1", "2", "3", "{y: 1}", "1"]);
});

Deno.test("buildTree() resolves aliases to the last anchor before them, within one document", async () => {
  const { values, findings } = await load("a: &x 1\nb: *x\nc: &x [2]\nd: *x\n&k e: *k\n*k : 5\n---\nf: *x\n");

  assert.deepEqual(
    values,
    [{ a: 1, b: 1, c: [2], d: [2], e: 5 }, { f: null }].map((v, i) => i === 0 ? { ...v, e: "e" } : v),
  );
  assert.deepEqual(findings, [
    '6:1-6:3 FP011 Key "e" is given twice',
    "8:4-8:6 FP013 Alias names no anchor before it",
  ]);
});

Deno.test("buildTree() refuses aliases inside of what they name", async () => {
  const { values, findings } = await load("a: &a [*a]\nb: &b {k: &c [*b, *c]}\n");

  assert.deepEqual(values, [{ a: [null], b: { k: [null, null] } }]);
  assert.deepEqual(findings, [
    "1:8-1:10 FP013 Alias is inside the node it refers to",
    "2:15-2:17 FP013 Alias is inside the node it refers to",
    "2:19-2:21 FP013 Alias is inside the node it refers to",
  ]);
});

Deno.test("buildTree() stops alias bombs, also those that grow deep instead of wide", async () => {
  const wide = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" +
    Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]\n`)
      .join("");
  const deep = "a0: &a0 {k: 1}\n" +
    Array.from({ length: 99 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`).join("");
  const many = "- &a x\n" + "- *a\n".repeat(100_000);

  const results = await Promise.all([wide, deep, many, many + "- *a\n"].map((text) => load(text)));

  assert.deepEqual(results.map((r) => r.findings), [
    ["6:10-6:13 FP012 Aliases add more than 100000 nodes"],
    ["100:12-100:16 FP016 Nested deeper than 100 levels through aliases"],
    [],
    ["100002:3-100002:5 FP012 Aliases add more than 100000 nodes"],
  ]);
});

Deno.test("buildTree() understands the tags of the core schema", async () => {
  const text =
    "a: !!str 5\nb: ! 5\nc: !!int 5\nd: !!float 5\ne: !!bool true\nf: !!null ''\ng: !!map {}\nh: !!seq []\ni: !!int x\n";

  const { values, findings } = await load(text);

  assert.deepEqual(values, [{ a: "5", b: "5", c: 5, d: 5, e: true, f: "", g: {}, h: [], i: "x" }]);
  assert.deepEqual(findings, [
    "6:11-6:13 FP014 Tag !!null does not fit the value",
    "9:10-9:11 FP014 Tag !!int does not fit the value",
  ]);
});
