/** Hostile names and values: what an export prints, our own reader reads back exactly, and applying it gives the same. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { sourceFile } from "../../src/diagnostics/source_file.ts";
import { printDocument } from "../../src/export/build/print.ts";
import { float, list, mapping, plain, text, type Tree } from "../../src/kinds/value_tree.ts";
import type { Node } from "../../src/source/node.ts";
import { parseYaml } from "../../src/source/parse.ts";
import { buildTree } from "../../src/source/tree.ts";
import { withDatabase } from "../support/database.ts";
import { diffDumps, dumpTables } from "../support/dump.ts";
import { exportOf } from "../support/export.ts";
import { pythonStrip } from "../../src/flagsmith/python/strip.ts";
import { isFull } from "../support/property.ts";
import { runCli } from "../support/run_cli.ts";

/** Pieces that mean something to YAML, to interpolation, to SQL or to people's eyes. */
const PIECES = [
  "'",
  '"',
  "\\",
  "\n",
  "\r",
  "\r\n",
  "\t",
  " ",
  "  ",
  "$",
  "{",
  "}",
  "${X}",
  "$${X}",
  "${",
  "$$",
  "#",
  " #",
  ":",
  ": ",
  "- ",
  "? ",
  "|",
  ">",
  "&a",
  "*a",
  "!",
  "!file x",
  "%",
  "@",
  "`",
  ",",
  "[",
  "]",
  "~",
  "null",
  "true",
  "No",
  "yes",
  "y",
  "1",
  "1.0",
  "0x1F",
  "-",
  "---",
  "...",
  "<<",
  "=",
  ".inf",
  ".nan",
  "1e3",
  "007",
  "é",
  "😀",
  "\u0085",
  "\u2028",
  "\u00a0",
  "\ufeff",
  "\u200d",
  "\u0007",
  "\u007f",
  "e\u0301",
  "x",
]; // deno-fmt-ignore

const hostile = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map((parts) => parts.join("")),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
).filter((content) => content.isWellFormed() && !content.includes("\0"));

/** A name: text that is not blank. */
const name = hostile.filter((content) =>
  content.trim() !== "" && pythonStrip(content) === content && !/[\n-\r\x85\u2028\u2029]/.test(content)
);

/** A key of a mapping that the format can say. */
const key = hostile.filter((content) => !content.includes("${"));

const scalar: fc.Arbitrary<Tree> = fc.oneof(
  hostile.map(text),
  fc.constant(text("")),
  fc.integer().map(plain),
  fc.boolean().map(plain),
  fc.constant(plain(null)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(float),
);

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("tree"), { minLength: 1, maxLength: 4 }).map(list),
    fc.uniqueArray(fc.tuple(key, tie("tree")), { selector: ([k]) => k, minLength: 1, maxLength: 4 }).map(
      mapping,
    ),
  ),
}));

/** What a node says, for comparison with the tree that was printed. */
function meaning(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return typeof node.value === "string" ? node.text : { typed: node.value, source: node.text };
    case "sequence":
      return node.items.map(meaning);
    case "map":
      return new Map(node.entries.map((entry) => [entry.key, meaning(entry.value)]));
  }
}

/** What the tree wants to say. */
function wanted(value: Tree): unknown {
  switch (value.kind) {
    case "text":
      return value.text;
    case "plain": {
      const typed = value.source === "null"
        ? null
        : value.source === "true" || value.source === "false"
        ? value.source === "true"
        : Number(value.source);
      return {
        typed: typeof typed === "number" && Number.isInteger(typed) && !Number.isSafeInteger(typed) &&
            /^-?\d+$/.test(value.source)
          ? BigInt(value.source)
          : typed,
        source: value.source,
      };
    }
    case "variable":
      return value.name;
    case "list":
      return value.items.map(wanted);
    case "mapping":
      return new Map(value.entries.map(([k, v]) => [k, wanted(v)]));
  }
}

Deno.test("printDocument() prints any tree so that our reader reads the same", () => {
  fc.assert(
    fc.property(tree, (value) => {
      const printed = printDocument(mapping([["root", value]]));
      const diagnostics = new Diagnostics();
      const file = sourceFile("t.yaml", printed);
      const [root] = parseYaml(file, diagnostics);
      assert.ok(root !== undefined, printed);
      const node = buildTree(root, {
        file,
        variables: { env: () => undefined, mockEnv: false, secretEnv: new Set() },
        diagnostics,
        references: [],
        shared: new Set(),
        aliased: 0,
      });
      assert.deepEqual(diagnostics.sorted().map((d) => d.message), [], printed);
      assert.deepEqual(meaning(node), new Map([["root", wanted(value)]]), printed);
    }),
    { numRuns: 3000 },
  );
});

const names = (maximum: number) =>
  fc.uniqueArray(name, { minLength: 1, maxLength: maximum, selector: (n) => n.toLowerCase() });

/** Names and texts of one organisation. */
const company = fc.record({
  organisation: name,
  projects: names(2),
  environments: names(3),
  features: names(4),
  segments: names(3),
  tags: names(2),
  groups: names(2),
  identifiers: names(3),
  // White space at the ends of a key is a warning, which is not the matter here.
  traits: fc.uniqueArray(key.filter((text) => pythonStrip(text) === text), { maxLength: 3 }),
  texts: fc.array(hostile, { minLength: 8, maxLength: 8 }),
});

/** `$` before each `${`, so that it is text. */
function escape(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map(escape);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, escape(v)]));
}

type Company = typeof company extends fc.Arbitrary<infer T> ? T : never;

/** A document of the organisation; other texts make other content of the same entities. */
function documentOf(f: Company, texts: readonly string[]): unknown {
  const of = (at: number): string => texts[at % texts.length] ?? "";
  return escape({
    version: "1.0",
    organisations: [{ name: f.organisation, groups: f.groups.map((g) => ({ name: g })) }],
    projects: f.projects.map((p) => ({
      name: p,
      organisation: f.organisation,
      tags: f.tags.map((label, at) => ({ label, description: of(at) })),
      environments: f.environments.map((e, at) => ({
        name: e,
        description: of(at + 1),
        identities: f.identifiers.map((identifier) => ({
          identifier,
          traits: Object.fromEntries(f.traits.map((t, n) => [t, of(n + 2)])),
        })),
      })),
      segments: f.segments.map((s, at) => ({
        name: s,
        description: of(at),
        rules: [{
          type: "ALL",
          conditions: [{ property: `p${of(at)}x`, operator: "EQUAL", value: `v${of(at + 1)}` }],
        }],
      })),
      features: f.features.map((name, at) => ({
        name,
        initial_value: of(at),
        description: of(at + 3),
        tags: f.tags,
        group_owners: f.groups,
        environments: f.environments.map((e) => ({
          name: e,
          value: of(at + 4),
          segment_overrides: f.segments.map((segment) => ({ segment, enabled: true, value: of(at + 5) })),
          identity_overrides: f.identifiers.map((identifier) => ({
            identifier,
            enabled: false,
            value: of(at + 6),
          })),
        })),
      })),
    })),
  });
}

Deno.test("export of hostile names and values, applied to an empty database, exports the same text", async () => {
  await fc.assert(
    fc.asyncProperty(company, async (f) => {
      const texts: string[] = [];
      for (let stdin = JSON.stringify(documentOf(f, f.texts)); texts.length < 2; stdin = texts.at(-1) ?? "") {
        await withDatabase({}, async ({ url }) => {
          const { code, err } = await runCli(["apply", "--file", "-"], { databaseUrl: url, stdin });
          assert.equal(code, 0, err + stdin);
          texts.push(await exportOf(url, f.organisation));
        });
      }
      assert.deepEqual(texts[1]?.split("\n"), texts[0]?.split("\n"));
    }),
    { numRuns: isFull() ? 60 : 4, endOnFailure: true },
  );
});

Deno.test("export --merge-into brings files with hostile names and values up to date", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await fc.assert(
      fc.asyncProperty(company, fc.array(hostile, { minLength: 8, maxLength: 8 }), async (f, others) => {
        let old = "";
        let live = "";
        for (const texts of [f.texts, others]) {
          await withDatabase({}, async ({ url, sql }) => {
            const stdin = JSON.stringify(documentOf(f, texts));
            assert.equal(
              (await runCli(["apply", "--file", "-"], { databaseUrl: url, stdin })).code,
              0,
              stdin,
            );
            live = await exportOf(url, f.organisation);
            if (texts === f.texts) {
              old = live.replaceAll(/^( +)api_key: \w{22}\n|,? ?api_key: \w{22}/gm, "");
              return;
            }
            const path = `${directory}/a.yaml`;
            await Deno.writeTextFile(path, old);
            const merge = ["export", `--organisation=${f.organisation}`, "--merge-into", directory];
            const first = await runCli(merge, { databaseUrl: url });
            assert.deepEqual([first.code, first.err], [0, ""], old);
            const merged = await Deno.readTextFile(path);
            const again = await runCli(merge, { databaseUrl: url });
            assert.equal(again.out, "Merge complete: 0 changed, 0 added.\n", merged);
            // Under the policy update every difference that is left would be written.
            const before = await dumpTables(sql);
            const update = ["apply", "--file", path, "--on-exists", "update", "--quiet"];
            const { code, err } = await runCli(update, { databaseUrl: url });
            assert.equal(code, 0, err + merged);
            const { updated, inserted, deleted } = diffDumps(before, await dumpTables(sql));
            assert.deepEqual([...updated.keys(), ...deleted.keys()], [], merged);
            assert.deepEqual(
              [...inserted.keys()].filter((table) => table !== "provisioning_log"),
              [],
              merged,
            );
          });
        }
      }),
      { numRuns: isFull() ? 60 : 4, endOnFailure: true },
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
