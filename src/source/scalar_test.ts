import assert from "node:assert/strict";
import type { Node } from "./node.ts";
import { load } from "./test_support.ts";

function scalars(node: Node | undefined): unknown[] {
  if (node?.kind === "map") return node.entries.flatMap((e) => scalars(e.value));
  if (node?.kind !== "scalar") return [];
  const { value, text, interpolated, mocked, secret } = node;
  const marks = [interpolated && "interpolated", mocked && "mocked", secret && "secret"].filter((mark) =>
    mark !== false
  );
  return [[value, text, ...marks]];
}

Deno.test("scalarNode() types a plain scalar after interpolation and never a quoted one", async () => {
  const text =
    "a: ${N}\nb: '${N}'\nc: ${T}\nd: v${N}\ne: ${E}\nf: ${S}\ng: ${Y}\nh: |\n  ${N}\ni: !!str ${N}\nj: ${U:null}\n";
  const env = { N: "500", T: "true", E: "", S: "[1, 2]", Y: "yes" };

  const { documents } = await load(text, { env });

  assert.deepEqual(scalars(documents[0]?.root), [
    [500, "500", "interpolated"],
    ["500", "500", "interpolated"],
    [true, "true", "interpolated"],
    ["v500", "v500", "interpolated"],
    ["", "", "interpolated"],
    ["[1, 2]", "[1, 2]", "interpolated"],
    ["yes", "yes", "interpolated"],
    ["500\n", "500\n", "interpolated"],
    ["500", "500", "interpolated"],
    [null, "null", "interpolated"],
  ]);
});

Deno.test("scalarNode() points at the ${…} itself where the text stands as written, else at the scalar", async () => {
  const text = [
    "a: x ${M1}",
    "b: 'x ${M2} ${M3}'",
    'c: "x ${M4}"',
    "d: 'it''s ${M5}'",
    'e: "\\t${M6}"',
    "f: |",
    "  x ${M7}",
    "g: x",
    "  ${M8}",
    "h: &a ${M9}",
    "i: *a",
  ].join("\n");

  const { findings } = await load(text);

  assert.deepEqual(findings, [
    '1:6-1:11 FP020 Variable "M1" is not set',
    '2:7-2:12 FP020 Variable "M2" is not set',
    '2:13-2:18 FP020 Variable "M3" is not set',
    '3:7-3:12 FP020 Variable "M4" is not set',
    '4:4-4:17 FP020 Variable "M5" is not set',
    '5:4-5:13 FP020 Variable "M6" is not set',
    '6:4-8:1 FP020 Variable "M7" is not set',
    '8:4-9:8 FP020 Variable "M8" is not set',
    '10:7-10:12 FP020 Variable "M9" is not set',
  ]);
});

Deno.test("scalarNode() marks placeholders when the environment is mocked, and after a mistake", async () => {
  const mocked = await load("a: ${M}\nb: ${M:d}\n", {}, { mockEnv: true });
  const failed = await load("a: ${M}\nb: '${'\n");

  assert.deepEqual(mocked.findings, []);
  assert.deepEqual(scalars(mocked.documents[0]?.root), [["M", "M", "interpolated", "mocked"], [
    "d",
    "d",
    "interpolated",
  ]]);
  assert.deepEqual(failed.findings, [
    '1:4-1:8 FP020 Variable "M" is not set',
    "2:5-2:7 FP021 Interpolation is not closed",
  ]);
  assert.deepEqual(scalars(failed.documents[0]?.root), [["M", "M", "interpolated", "mocked"], [
    "",
    "",
    "mocked",
  ]]);
});

Deno.test("scalarNode() marks secrets and masks their literal defaults", async () => {
  const text =
    "a: ${PW}\nb: '${PW:hunter2}'\nc: ${X:${PW:hunter3}}\nd: |\n  ${PW:hunter4}\ne: ${X}\nf: '${PW:hunter5'\n";

  const { documents, masked } = await load(text, { env: { PW: "s", X: "x" } }, { secretEnv: ["PW"] });

  assert.deepEqual(scalars(documents[0]?.root), [
    ["s", "s", "interpolated", "secret"],
    ["s", "s", "interpolated", "secret"],
    ["x", "x", "interpolated", "secret"],
    ["s\n", "s\n", "interpolated", "secret"],
    ["x", "x", "interpolated"],
    ["", "", "mocked"],
  ]);
  assert.deepEqual(masked, ["hunter2", "hunter3", "|\n  ${PW:hunter4}\n", "'${PW:hunter5'"]);
});

Deno.test("scalarNode() refuses what PostgreSQL cannot store", async () => {
  const { findings } = await load('a: "x\\0"\nb: "\\ud800"\nc: "\\ud83d\\ude00"\nd: ${NUL}\n', {
    env: { NUL: "\0" },
  });

  assert.deepEqual(findings, [
    "1:4-1:9 FP110 Value holds a NUL character",
    "2:4-2:12 FP111 Value holds half of a surrogate pair",
    "4:4-4:10 FP110 Value holds a NUL character",
  ]);
});

Deno.test("what is wrong with a key is said of the key, and not of a value", async () => {
  const cases: readonly (readonly [text: string, message: string, hint: string])[] = [
    ['"x\\0": 1', "Key holds a NUL character", "PostgreSQL cannot store it in text"],
    [
      'a: {"\\ud800": 1}',
      "Key holds half of a surrogate pair",
      "Write the whole character instead of \\uD800 to \\uDFFF",
    ],
    ["*x : 1", "Alias names no anchor before it", 'Put a key that begins with "*" in quotes'],
    ["@x: 1", "A key or value begins with a reserved character", "Put it in quotes"],
    ["a: 1\n%x: 1", "A key or value begins with a reserved character", "Put it in quotes"],
    ["&a &b x: 1", "A key or value has more than one anchor", "Keep one of them"],
    ["!x y: 1", "Unknown tag", 'The only tag is !file PATH; quote a key or value that begins with "!"'],
  ];

  const results = [];
  for (const [text] of cases) {
    const [first] = (await load(text)).diagnostics.sorted();
    results.push([text, first?.message, first?.hint]);
  }

  assert.deepEqual(results, cases);
});
