import assert from "node:assert/strict";
import fc from "fast-check";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { MAX_FILE_BYTES } from "./read.ts";
import { loadSources } from "./sources.ts";
import { load, loaded, memoryIo } from "./test_support.ts";

const OPTIONS = { mockEnv: false, secretEnv: [] };

Deno.test("loadSources() reads directories, files, standard input and shipped sets, each once", async () => {
  const io = memoryIo({
    files: {
      "p/b.yaml": "b: 1\n---\n---\n# nothing\n---\nb: 2\n",
      "p/a.json": '{"a": 1}',
      "single.yaml": "- x\n",
      "empty.yaml": "",
    },
    stdin: "s: 1",
  });
  const inputs = {
    directories: ["p"],
    files: ["single.yaml", "-", "./p/b.yaml", "-", "empty.yaml"],
    embedded: [{ name: "dev/dev.yaml", text: "e: 1" }, { name: "dev/dev.yaml", text: "e: 1" }],
    allowEmpty: false,
  };
  const diagnostics = new Diagnostics();

  const documents = await loadSources(inputs, io, OPTIONS, diagnostics);

  assert.deepEqual(loaded(documents, diagnostics).findings, ["1:1-1:1 FP002 File holds no document"]);
  assert.deepEqual(documents.map((d, i) => [d.file.name, loaded(documents, diagnostics).values[i]]), [
    ["p/a.json", { a: 1 }],
    ["p/b.yaml", { b: 1 }],
    ["p/b.yaml", { b: 2 }],
    ["single.yaml", ["x"]],
    ["<stdin>", { s: 1 }],
    ["preset:dev/dev.yaml", { e: 1 }],
  ]);
  assert.deepEqual(io.reads, ["p/a.json", "p/b.yaml", "single.yaml", "empty.yaml"]);
});

Deno.test("loadSources() refuses files that are too large or not UTF-8, and reads the others", async () => {
  const io = memoryIo({
    files: {
      "big.yaml": new Uint8Array(MAX_FILE_BYTES + 1),
      "full.yaml": new Uint8Array(MAX_FILE_BYTES).fill(0x23),
      "latin.yaml": new Uint8Array([0x61, 0x3a, 0x20, 0xe9]),
      "utf16.yaml": new Uint8Array([0xff, 0xfe, 0x61, 0x00]),
      "nul.yaml": "a: 1\nb: \0",
      "bom.yaml": "\ufeffa: 1",
      "locked.yaml": "a: 1",
    },
    denied: ["locked.yaml"],
  });
  const files = ["big.yaml", "full.yaml", "latin.yaml", "utf16.yaml", "nul.yaml", "bom.yaml", "locked.yaml"];
  const diagnostics = new Diagnostics();

  const documents = await loadSources(
    { directories: [], files, embedded: [], allowEmpty: false },
    io,
    OPTIONS,
    diagnostics,
  );

  const { values, findings } = loaded(documents, diagnostics);
  assert.deepEqual(values, [{ a: 1 }]);
  assert.deepEqual(findings, [
    'FP001 File "locked.yaml" cannot be read: permission denied',
    "1:1-1:1 FP002 File holds no document",
    "1:1-1:1 FP003 File is larger than 16 MiB",
    "1:4-1:5 FP004 File is not UTF-8",
    "2:4-2:5 FP004 File holds a NUL character",
    "1:1-1:2 FP004 File is not UTF-8",
  ]);
});

Deno.test("loadSources() collects the mistakes of all files", async () => {
  const files = { "p/a.yaml": "a: ${GONE}\nb: *no\n", "p/b.yaml": "a: 'open\n", "p/c.yaml": "a: 1\na: 2\n" };
  const diagnostics = new Diagnostics();

  await loadSources(
    { directories: ["p", "q"], files: [], embedded: [], allowEmpty: false },
    memoryIo({ files }),
    OPTIONS,
    diagnostics,
  );

  assert.deepEqual(diagnostics.sorted().map((d) => [d.span?.file.name, d.code]), [
    [undefined, "FP002"],
    ["p/a.yaml", "FP020"],
    ["p/a.yaml", "FP013"],
    ["p/b.yaml", "FP010"],
    ["p/c.yaml", "FP011"],
  ]);
});

/** Fragments that mean something to YAML or to the interpolation, mixed with any text. */
const value = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(
      fc.oneof(
        fc.constantFrom(
          "'",
          '"',
          "\n",
          "\r\n",
          "${",
          "${V}",
          "$${",
          "}",
          "#",
          " #",
          ": ",
          "- ",
          "%",
          "{{",
          "]",
          "[",
          ",",
          "|",
          ">",
          "&a",
          "*a",
          "!file",
          "---",
          "\t",
          "\\",
          "😀",
          "é",
          "null",
          "<<",
          "\ufeff",
          "\u2028",
        ),
        fc.string({ unit: "binary", maxLength: 8 }).map((s) => s.replaceAll("\0", "").toWellFormed()),
      ),
      { maxLength: 20 },
    ).map((parts) => parts.join("")),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("x".repeat(10_240), "\n- injected: true", "a: b", "'", "true", "42", ""),
  },
);

const TEMPLATE = `single: '\${V}'
double: "\${V}"
plain: \${V}
text: v\${V}
block: |-
  \${V}
folded: >-
  <\${V}>
flow: ['\${V}', {k: "\${V}"}, '\${NO:\${V}}']
last: end
`;

Deno.test("loadSources() lets no value change the structure, and passes each byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(value, async (v) => {
      const { documents, values, findings } = await load(TEMPLATE, { env: { V: v } });

      assert.deepEqual(findings, []);
      const root = documents[0]?.root;
      const plain = root?.kind === "map" ? root.entries[2]?.value : undefined;
      assert.equal(plain?.kind === "scalar" ? plain.text : undefined, v);
      assert.deepEqual(values, [{
        single: v,
        double: v,
        plain: plain?.kind === "scalar" ? plain.value : undefined,
        text: `v${v}`,
        block: v,
        folded: `<${v}>`,
        flow: [v, { k: v }, v],
        last: "end",
      }]);
    }),
    { numRuns: 300, seed: 20240607 },
  );
});

Deno.test("loadSources() never throws, whatever the text is", async () => {
  await fc.assert(
    fc.asyncProperty(value, value, async (a, b) => {
      const { documents, diagnostics } = await load(`a: ${a}\n${b}`, { env: { V: "v" } });

      assert.equal(documents.length > 0 || diagnostics.hasErrors, true);
    }),
    { numRuns: 300, seed: 7 },
  );
});
