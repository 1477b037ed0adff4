/** What the pages promise: every path they name exists, and so does every place they link to. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function pages(): Promise<readonly string[]> {
  const found = ["README.md", "CONTRIBUTING.md"];
  const directories = ["docs", "docs/decisions"];
  for await (const entry of Deno.readDir(`${ROOT}provisioning`)) {
    if (entry.isDirectory) directories.push(`provisioning/${entry.name}`);
  }
  for (const directory of directories) {
    for await (const { name } of Deno.readDir(ROOT + directory)) {
      if (name.endsWith(".md")) found.push(`${directory}/${name}`);
    }
  }
  return found.sort();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(ROOT + path).then(() => true, () => false);
}

const FOLDERS = ["bin", "docs", "examples", "lint", "provisioning", "scripts", "src", "tests", "\\.ci"].join(
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

Deno.test("every relative link of a page leads to a file, and to a heading of it", async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = await Deno.readTextFile(ROOT + page);
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [file = "", fragment] = target.split("#");
      const path = file === "" ? page : join(dirname(page), file);
      if (!await exists(path)) broken.push(`${page}: ${target}`);
      else if (fragment !== undefined) {
        const headings = [...(await Deno.readTextFile(ROOT + path)).matchAll(/^#+ (.*)$/gm)].map((match) =>
          anchor(match[1] ?? "")
        );
        if (!headings.includes(fragment)) broken.push(`${page}: ${target}`);
      }
    }
  }
  assert.deepEqual(broken, []);
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
