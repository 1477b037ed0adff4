/** What must not compile does not: each case is a file of its own, and one run of the compiler checks them all. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

const STATEMENT = `import { query, sql, type Fragment, type Statement } from "src/database/statement.ts";
import { Secret } from "src/source/secret.ts";
`;

const FINDING = `import { Diagnostics } from "src/diagnostics/diagnostic.ts";
const found = new Diagnostics();
`;

const row = (label: string, others = ""): string =>
  `import type { Columns } from "src/flagsmith/columns.ts";
import type { tags_tag } from "src/flagsmith/tables/tags.ts";
export const row = {
  id: { newIdOf: "tags_tag", ordinal: 0 }, ${label} color: "", project_id: 1, uuid: "", is_permanent: false,
  is_system_tag: false, type: "NONE", ${others}
} satisfies Columns<typeof tags_tag>;`;

/** The files, whose imports begin with `src/`. */
const SOURCES = {
  statement: `${STATEMENT}export const s: Statement = query\`SELECT \${1}, \${sql\`2\`}\`;`,
  text: `${STATEMENT}export const a: Statement = "SELECT 1";`,
  part: `${STATEMENT}export const b: Fragment = "SELECT 1";`,
  nothing: `${STATEMENT}export const c = sql\`\${undefined}\`;`,
  list: `${STATEMENT}export const d = sql\`\${["a"]}\`;`,
  secret: `${STATEMENT}export const e = sql\`\${new Secret("x")}\`;`,
  whole: `${STATEMENT}export const f: Statement = sql\`SELECT 1\`;`,
  finding: `${FINDING}found.add("FP002", undefined, "No files");`,
  placeless: `${FINDING}found.add("FP104", undefined, "Wrong type");`,
  row: row('label: "a",'),
  misspelt: row('label: "a",', 'descripton: "",'),
  missing: row(""),
  empty: row("label: null,"),
};

/** File → the codes of the errors (`TS2322`) that the compiler finds in it. */
async function check(sources: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, string[]>> {
  const directory = await Deno.makeTempDir();
  try {
    const paths = Object.keys(sources).map((name) => join(directory, `${name}.ts`));
    for (const [at, source] of Object.values(sources).entries()) {
      const text = source.replaceAll('from "src/', `from "${new URL("src/", ROOT).href}`);
      await Deno.writeTextFile(paths[at] ?? "", text);
    }
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", fileURLToPath(new URL("deno.json", ROOT)), ...paths],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    const found = new Map(Object.keys(sources).map((name): [string, string[]] => [name, []]));
    // Each error ends with its place.
    for (const [, code = "", place = ""] of text.matchAll(/^(TS\d+) \[ERROR\][^]*?^ {4}at (\S+)$/gm)) {
      const [, name = ""] = /\/([a-z]+)\.ts:\d+:\d+$/.exec(place) ?? [];
      const codes = found.get(name);
      assert.ok(codes !== undefined && place.includes(directory), text);
      codes.push(code);
    }
    return found;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

let checked: Promise<ReadonlyMap<string, string[]>> | undefined;

async function errorsOf(name: keyof typeof SOURCES): Promise<readonly string[] | undefined> {
  return (await (checked ??= check(SOURCES))).get(name);
}

Deno.test("a statement compiles when it is built with the tag, and not from a string, a list or a secret", async () => {
  assert.deepEqual(await errorsOf("statement"), []);
  for (const name of ["text", "part", "nothing", "list", "secret", "whole"] as const) {
    assert.equal((await errorsOf(name))?.length, 1, name);
  }
});

Deno.test("a finding about a file compiles with a place only", async () => {
  assert.deepEqual(await errorsOf("finding"), []);
  assert.deepEqual(await errorsOf("placeless"), ["TS2345"]);
});

Deno.test("a row compiles with the columns of its table only, and with all that are NOT NULL", async () => {
  assert.deepEqual(await errorsOf("row"), []);
  assert.deepEqual(await errorsOf("misspelt"), ["TS2561"], "misspelt");
  assert.deepEqual(await errorsOf("missing"), ["TS1360"], "missing");
  assert.deepEqual(await errorsOf("empty"), ["TS2322"], "NULL");
});
