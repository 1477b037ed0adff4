/** What must not compile does not: each case is checked by the compiler as a file of its own. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** Codes of the errors (`TS2322`) that the compiler finds in a module whose imports begin with `src/`. */
async function errorsOf(source: string): Promise<readonly string[]> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, source.replaceAll('from "src/', `from "${new URL("src/", ROOT).href}`));
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", fileURLToPath(new URL("deno.json", ROOT)), file],
      env: { NO_COLOR: "1" },
    }).output();
    return [...new TextDecoder().decode(stderr).matchAll(/^(TS\d+) \[ERROR\]/gm)].map(([, code = ""]) =>
      code
    );
  } finally {
    await Deno.remove(file);
  }
}

const IMPORTS = `import { query, sql, type Fragment, type Statement } from "src/database/statement.ts";
import { Secret } from "src/source/secret.ts";
`;

Deno.test("a statement compiles when it is built with the tag, and not from a string, a list or a secret", async () => {
  assert.deepEqual(
    await errorsOf(`${IMPORTS}export const s: Statement = query\`SELECT \${1}, \${sql\`2\`}\`;`),
    [],
  );
  // One file, one error a line: the compiler is started once.
  const refused = [
    'export const a: Statement = "SELECT 1";',
    'export const b: Fragment = "SELECT 1";',
    "export const c = sql`${undefined}`;",
    'export const d = sql`${["a"]}`;',
    'export const e = sql`${new Secret("x")}`;',
    "export const f: Statement = sql`SELECT 1`;",
  ];
  assert.equal((await errorsOf(IMPORTS + refused.join("\n"))).length, refused.length);
});

Deno.test("a finding about a file compiles with a place only", async () => {
  const imports = `import { Diagnostics } from "src/diagnostics/diagnostic.ts";
const found = new Diagnostics();
`;
  assert.deepEqual(await errorsOf(`${imports}found.add("FP002", undefined, "No files");`), []);
  assert.deepEqual(await errorsOf(`${imports}found.add("FP104", undefined, "Wrong type");`), ["TS2345"]);
});

Deno.test("a row compiles with the columns of its table only, and with all that are NOT NULL", async () => {
  const imports = `import type { Columns } from "src/flagsmith/columns.ts";
import type { tags_tag } from "src/flagsmith/tables/tags.ts";
`;
  const row = (label: string, others = ""): string =>
    `export const row = {
  id: { newIdOf: "tags_tag", ordinal: 0 }, ${label} color: "", project_id: 1, uuid: "", is_permanent: false,
  is_system_tag: false, type: "NONE", ${others}
} satisfies Columns<typeof tags_tag>;`;
  assert.deepEqual(await errorsOf(imports + row('label: "a",')), []);
  assert.deepEqual(await errorsOf(imports + row('label: "a",', 'descripton: "",')), ["TS2561"], "misspelt");
  assert.deepEqual(await errorsOf(imports + row("")), ["TS1360"], "missing");
  assert.deepEqual(await errorsOf(imports + row("label: null,")), ["TS2322"], "NULL");
});
