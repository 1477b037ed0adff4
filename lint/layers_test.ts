import assert from "node:assert/strict";
import fc from "fast-check";
import { type Layer, layerOf, LAYERS, layersPlugin } from "./layers.ts";

const ROOT = "/project";

/** `rule: message` of every finding in `source` as if it stood in `path`. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(layersPlugin(ROOT, new Set(["tag", "permission"])), `${ROOT}/${path}`, source)
    .map((found) => `${found.id.replace("layers/", "")}: ${found.message}`);
}

/** A file of the layer, relative to the project. */
function fileIn(layer: Layer): string {
  return `src/${layer}/some_file.ts`;
}

/** The specifier that leads from one file of the project to another. */
function specifier(from: string, to: string): string {
  return "../".repeat(from.split("/").length - 1) + to;
}

Deno.test("import-order allows an import when the target stands before the importer, and only then", () => {
  const layer = fc.constantFrom(...LAYERS);
  fc.assert(fc.property(layer, layer, (from, to) => {
    const source = `import type { X } from "${specifier(fileIn(from), fileIn(to))}";`;
    const expected = LAYERS.indexOf(to) > LAYERS.indexOf(from)
      ? [`import-order: "${from}" must not import "${to}"`]
      : [];
    assert.deepEqual(lint(fileIn(from), source), expected);
  }));
});

Deno.test.each([
  ["import", 'import { main } from "../cli/main.ts";'],
  ["import for its effects", 'import "../cli/main.ts";'],
  ["type import", 'import type { Io } from "../cli/main.ts";'],
  ["export from", 'export { main } from "../cli/main.ts";'],
  ["export of everything", 'export * from "../cli/main.ts";'],
  ["dynamic import", 'export const load = () => import("../cli/main.ts");'],
  ["import inside of a type", 'export type Io = import("../cli/main.ts").Io;'],
])("import-order reports the upward %s", (_form, source) => {
  assert.deepEqual(lint("src/source/read.ts", source), ['import-order: "source" must not import "cli"']);
});

Deno.test.each(
  [
    ["src/diagnostics/codes.ts", "diagnostics"],
    ["src/presets/embedded.ts", "presets"],
    ["src/flagsmith/tables/users.ts", "flagsmith"],
    ["src/kinds/kind.ts", "kinds"],
    ["src/kinds/user/spec.ts", "kinds"],
    ["src/cli/commands/apply.ts", "cli"],
    ["src/elsewhere/x.ts", undefined],
    ["src/loose.ts", undefined],
    ["tests/support/database.ts", undefined],
    ["mod.ts", undefined],
  ] as const,
)("layerOf(%s) is %s", (path, layer) => {
  assert.equal(layerOf(path), layer);
});

Deno.test("import-order reports a file of src/ when its folder is not in the order", () => {
  const expected = (path: string) => [`import-order: "${path}" has no place in the order of folders`];
  assert.deepEqual(lint("src/elsewhere/x.ts", "export const x = 1;"), expected("src/elsewhere/x.ts"));
  assert.deepEqual(lint("src/loose.ts", "export const x = 1;"), expected("src/loose.ts"));
});

Deno.test("import-order reports what src/ imports from outside of itself, deno.json excepted", () => {
  assert.deepEqual(
    lint(
      "src/cli/main.ts",
      `import { database } from "../../tests/support/database.ts";
       import { cases } from "./main_test.ts";
       import config from "../../deno.json" with { type: "json" };`,
    ),
    [
      'import-order: "src/cli/main.ts" must not import "tests/support/database.ts", which is outside of src/',
      'import-order: "src/cli/main.ts" must not import the test "src/cli/main_test.ts"',
    ],
  );
});

Deno.test("import-order leaves tests and files outside of src/ alone", () => {
  const source = 'import { main } from "../cli/main.ts";';
  assert.deepEqual(lint("src/source/read_test.ts", source), []);
  assert.deepEqual(lint("tests/support/run_cli.ts", 'import { main } from "../../src/cli/main.ts";'), []);
  assert.deepEqual(lint("mod.ts", 'import { main } from "./src/cli/main.ts";'), []);
});

Deno.test("import-specifier reports addresses and relative imports without .ts, everywhere", () => {
  assert.deepEqual(
    lint(
      "tests/a.ts",
      `import { a } from "npm:zod";
       import { b } from "jsr:@std/path";
       export { c } from "https://example.com/c.ts";
       import { d } from "./d";
       import { e } from "./e.js";
       import { f } from "./f.ts";
       import { g } from "zod";
       import { h } from "node:path";
       const name = "./d"; await import(name);`,
    ),
    [
      'import-specifier: "npm:zod" must not be imported by its address',
      'import-specifier: "jsr:@std/path" must not be imported by its address',
      'import-specifier: "https://example.com/c.ts" must not be imported by its address',
      'import-specifier: Relative import "./d" must end in .ts',
      'import-specifier: Relative import "./e.js" must end in .ts',
    ],
  );
});

const OWNED: readonly (readonly [specifier: string, name: string, owners: readonly string[]])[] = [
  ["postgres", "postgres", ["database"]],
  ["yaml", "yaml", ["source", "export"]],
  ["yaml/util", "yaml", ["source", "export"]],
  ["commander", "commander", ["cli"]],
  ["@commander-js/extra-typings", "@commander-js/extra-typings", ["cli"]],
];

Deno.test.each(OWNED)(
  "package-owner lets %s in nowhere but in its own folders",
  (specifier, name, owners) => {
    const source = `export const load = () => import("${specifier}");`;
    const message = `package-owner: "${name}" must be imported in ${
      owners.map((o) => `src/${o}`).join(" and ")
    } only`;
    for (const folder of ["diagnostics", "source", "database", "plan", "export", "cli"]) {
      const expected = owners.includes(folder) ? [] : [message];
      assert.deepEqual([folder, lint(`src/${folder}/a.ts`, source)], [folder, expected]);
    }
    assert.deepEqual(lint("src/plan/a_test.ts", source), []);
    assert.deepEqual(lint("tests/support/a.ts", source), []);
  },
);

Deno.test("injected-world reports clock, environment and randomness outside of the folders that own them", () => {
  const source = `
    export const a = Deno.env.get("HOME");
    export const b = Date.now();
    export const c = Math.random();
    export const d = crypto.getRandomValues(new Uint8Array(1));
    export const e = globalThis.crypto.randomUUID();
    export const f = new Date();
    export const fine = [new Date(0), Date.parse("x"), Math.max(1, 2), Deno.cwd()];`;
  assert.deepEqual(lint("src/plan/a.ts", source), [
    'injected-world: "Deno.env" must not be used here',
    'injected-world: "Date.now" must not be used here',
    'injected-world: "Math.random" must not be used here',
    'injected-world: "crypto.getRandomValues" must not be used here',
    'injected-world: "crypto.randomUUID" must not be used here',
    'injected-world: "new Date()" must not be used here',
  ]);
  for (
    const path of ["src/cli/a.ts", "src/flagsmith/a.ts", "src/serve/a.ts", "src/plan/a_test.ts", "tests/a.ts"]
  ) {
    assert.deepEqual([path, lint(path, source)], [path, []]);
  }
});

Deno.test("standard-streams reports whatever goes past the one writer", () => {
  const source = `
    Deno.stdout.writeSync(new Uint8Array());
    export const a = globalThis.Deno.stderr;
    console.log(JSON.stringify({}));`;
  const streams = [
    'standard-streams: "Deno.stdout" must not be used outside of src/cli/streams.ts',
    'standard-streams: "Deno.stderr" must not be used outside of src/cli/streams.ts',
    'standard-streams: "console.log" must not be used outside of src/cli/streams.ts',
  ];
  assert.deepEqual(lint("src/report/a.ts", source), streams);
  assert.deepEqual(lint("src/cli/a.ts", source), [
    ...streams,
    'standard-streams: "JSON.stringify" must not be used in src/cli',
  ]);
  for (const path of ["src/cli/streams.ts", "src/cli/a_test.ts", "scripts/a.ts"]) {
    assert.deepEqual(lint(path, source), []);
  }
});

Deno.test("no-spread-arguments reports lists that become arguments", () => {
  const source = "export const a = [0]; a.push(...a); Math.max(...a); a.push(1); [...a, ...a];";
  assert.deepEqual(lint("src/plan/a.ts", source), [
    'no-spread-arguments: "a.push(...)" must not be given a list of any length',
    'no-spread-arguments: "Math.max(...)" must not be given a list of any length',
  ]);
  assert.deepEqual(lint("src/plan/a_test.ts", source), []);
});

Deno.test("named-exports reports a default export in src/", () => {
  assert.deepEqual(lint("src/plan/a.ts", "export default 1;"), ["named-exports: Exports must have a name"]);
  assert.deepEqual(lint("lint/layers.ts", "export default 1;"), []);
});

Deno.test.each([
  ["src/database/session.ts", 'import { sql } from "drizzle-orm/sql/sql";', "imported"],
  ["src/log/table.ts", 'import type { SQL } from "drizzle-orm";', "imported"],
  ["src/database/statement.ts", 'import { sql } from "drizzle-orm/sql/sql";', undefined],
  ["src/flagsmith/tables/tags.ts", 'import { pgTable } from "drizzle-orm/pg-core";', undefined],
  ["src/flagsmith/tables/tags.ts", 'import { sql } from "drizzle-orm/sql/sql";', "imported"],
  [
    "src/database/render.ts",
    'import { sql } from "drizzle-orm/sql/sql"; export const a = sql.raw("1");',
    undefined,
  ],
  ["src/database/statement.ts", 'export const a = tag.raw("1");', "raw"],
  ["src/database/statement.ts", 'export const a = new StringChunk("1");', "StringChunk"],
  ["src/database/statement_test.ts", 'import { sql } from "drizzle-orm/sql/sql";', undefined],
])("statement-text in %s reports %s as %s", (path, source, found) => {
  const only = "src/database/statement.ts and src/database/render.ts only";
  assert.deepEqual(
    lint(path, source),
    found === undefined
      ? []
      : found === "imported"
      ? [`statement-text: "drizzle-orm" must be imported in ${only}`]
      : [`statement-text: "${found}" must be used in src/database/render.ts only`],
  );
});

Deno.test("typed-tables reports whatever would load a table's definition", () => {
  const found = ['typed-tables: "src/flagsmith/tables/" must be imported with "import type" only'];
  for (
    const source of [
      'import { tags_tag } from "../tables/tags.ts";',
      'import { type tags_tag } from "../tables/tags.ts";',
      'export { tags_tag } from "../tables/tags.ts";',
      'export * from "../tables/tags.ts";',
      'const tags = await import("../tables/tags.ts");',
    ]
  ) assert.deepEqual(lint("src/flagsmith/models/projects.ts", source), found, source);
  for (
    const source of [
      'import type { tags_tag } from "../tables/tags.ts";',
      'export type { tags_tag } from "../tables/tags.ts";',
      'import { tables } from "../tables.ts";',
    ]
  ) assert.deepEqual(lint("src/flagsmith/models/projects.ts", source), [], source);
});

Deno.test("kind-names reports the name of a kind as a literal outside of src/kinds", () => {
  const source = 'export const kinds = ["tag", "user_project_permission", "tags"];';
  const found = [
    'kind-names: "tag" names a kind outside of src/kinds',
    'kind-names: "user_project_permission" names a kind outside of src/kinds',
  ];
  assert.deepEqual(lint("src/plan/some_file.ts", source), found);
  for (const path of ["src/kinds/specs.ts", "src/kinds/tag/live.ts", "src/plan/x_test.ts", "scripts/x.ts"]) {
    assert.deepEqual(lint(path, source), [], path);
  }
});

Deno.test("words-in-report reports words where decisions and rows are made, but not in findings and errors", () => {
  const found = ["words-in-report: Words are made in src/report"];
  for (
    const path of ["src/plan/decide.ts", "src/apply/rows.ts", "src/status/status.ts", "src/kinds/tag/live.ts"]
  ) {
    assert.deepEqual(lint(path, 'export const reason = "already exists";'), found, path);
    assert.deepEqual(lint(path, "export const words = (n: string) => `renamed from ${n}`;"), found, path);
    assert.deepEqual(lint(path, 'export const reason = { kind: "exists" };'), [], path);
    assert.deepEqual(lint(path, 'throw new TypeError("Cannot do it");'), [], path);
    assert.deepEqual(lint(path, 'found.add("FP302", span, `The row ${row} exists already`);'), [], path);
    assert.deepEqual(lint(path, 'await ask("read the rows", []);'), [], path);
  }
  for (const path of ["src/report/lines.ts", "src/plan/storable.ts", "src/plan/decide_test.ts"]) {
    assert.deepEqual(lint(path, 'export const reason = "already exists";'), [], path);
  }
});
