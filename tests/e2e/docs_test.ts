/** What the pages promise: every path they name exists, and so does every place they link to. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function pages(): Promise<readonly string[]> {
  const found = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
  for (const folder of ["deploy", "docs", "provisioning"]) {
    found.push(...(await filesBelow(folder)).filter((path) => path.endsWith(".md")));
  }
  return found.sort();
}

/** Paths of the files below a folder of the project, but for data of tests, which quotes others. */
async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    const path = `${folder}/${name}`;
    if (!isDirectory) found.push(path);
    else if (path !== "tests/data") found.push(...await filesBelow(path));
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(ROOT + path).then(() => true, () => false);
}

const FOLDERS = [
  "bin",
  "deploy",
  "docs",
  "examples",
  "lint",
  "provisioning",
  "scripts",
  "src",
  "tests",
  "\\.ci",
].join(
  "|",
);

Deno.test("every path that a page names exists", async () => {
  const missing: string[] = [];
  let named = 0;
  for (const page of await pages()) {
    const text = await Deno.readTextFile(ROOT + page);
    const paths = [...text.matchAll(new RegExp("`((?:" + FOLDERS + ")/[\\w./-]*)`", "g"))].map((match) =>
      match[1] ?? ""
    );
    named += paths.length;
    for (const path of paths) if (!await exists(path)) missing.push(`${page}: ${path}`);
  }
  assert.deepEqual(missing, []);
  assert.ok(named > 40, `only ${named} paths were found; has the form of the pages changed?`);
});

/** The anchor that GitHub gives a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

/** The anchors of a page. */
async function anchorsOf(page: string): Promise<readonly string[]> {
  return [...(await Deno.readTextFile(ROOT + page)).matchAll(/^#+ (.*)$/gm)].map((match) =>
    anchor(match[1] ?? "")
  );
}

Deno.test("every relative link of a page leads to a file, and to a heading of it", async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = await Deno.readTextFile(ROOT + page);
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [file = "", fragment] = target.split("#");
      const path = file === "" ? page : join(dirname(page), file);
      if (!await exists(path)) broken.push(`${page}: ${target}`);
      else if (fragment !== undefined) {
        if (!(await anchorsOf(path)).includes(fragment)) broken.push(`${page}: ${target}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

/** Files that are written by hand or generated from such, with the text of each; this test names what must not be named. */
async function ownTexts(): Promise<readonly (readonly [string, string])[]> {
  const paths = [...await pages()];
  for (const folder of ["src", "tests", "lint", "scripts"]) {
    paths.push(...(await filesBelow(folder)).filter((path) => path.endsWith(".ts")));
  }
  const own = paths.filter((path) => path !== "tests/e2e/docs_test.ts");
  return await Promise.all(own.map(async (path) => [path, await Deno.readTextFile(ROOT + path)] as const));
}

/** How facts were cited that lay outside of the repository. */
const OUTSIDE = /contract\.md|`spec`|`design`|(?<![\w-])spec(?:\.md)? section \d|\.\.\/shared|\/shared\//g;

Deno.test("every page that code or a page refers to exists, and so does the heading", async () => {
  const broken: string[] = [];
  let followed = 0;
  for (const [path, text] of await ownTexts()) {
    for (const [cited] of text.matchAll(OUTSIDE)) broken.push(`${path}: ${cited}`);
    for (const [, page = "", fragment] of text.matchAll(/`(docs\/[\w./-]+\.md)(?:#([\w-]+))?`/g)) {
      followed++;
      if (!await exists(page)) broken.push(`${path}: ${page}`);
      else if (fragment !== undefined && !(await anchorsOf(page)).includes(fragment)) {
        broken.push(`${path}: ${page}#${fragment}`);
      }
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(followed > 100, `only ${followed} references were found; has their form changed?`);
});

/** Turns of phrase that a reader of English has to translate; the plain words are in CONTRIBUTING.md. */
const STRANGE =
  /\bhang(?:s|ing)? on\b|\bwhat others (?:made|did)\b|\bits sisters\b|\bstand-ins?\b|\bcannot (?:be said|say)\b|\blongest wait\b|\bwait so long\b|\btold apart\b|\blets? go\b|\bh(?:e|o)ld against\b|\bwhat others changed\b/gi;

Deno.test("pages, messages and comments use plain words", async () => {
  const found = (await ownTexts()).flatMap(([path, text]) =>
    [...text.matchAll(STRANGE)].map(([words]) => `${path}: ${words}`)
  );
  assert.deepEqual(found, []);
});

Deno.test("every complete document of the pages can be applied as it stands", async () => {
  await withDatabase({}, async ({ url }) => {
    let applied = 0;
    // The examples of errors.md are wrong on purpose; tests/golden/errors_test.ts has them.
    for (const page of (await pages()).filter((name) => name !== "docs/errors.md")) {
      const text = await Deno.readTextFile(ROOT + page);
      for (const [, stdin = ""] of text.matchAll(/^```yaml\n(version:[^]*?)^```$/gm)) {
        const { code, err } = await runCli(["--file", "-", "--strict"], { databaseUrl: url, stdin });
        assert.equal(code, 0, `${page}: ${err}`);
        applied++;
      }
    }
    assert.ok(applied >= 2, `only ${applied} documents were found; has the form of the pages changed?`);
  });
});

Deno.test("every example file is valid on its own, and nothing refers to what no file declares", async () => {
  const inputs = ["--directory=examples/config"];
  for await (const entry of Deno.readDir(`${ROOT}examples`)) {
    if (entry.isFile) inputs.push(`--file=examples/${entry.name}`);
  }
  for (const input of inputs.sort()) {
    const { code, err } = await runCli([
      "validate",
      "--closed",
      "--strict",
      "--mock-env",
      input.replace("=", `=${ROOT}`),
    ]);
    assert.deepEqual([input, code, err], [input, 0, ""]);
  }
});
