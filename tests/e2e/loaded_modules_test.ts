/** What a command loads, chunk by chunk of the bundle that the binary is made of: a start is mostly loading. */
import assert from "node:assert/strict";
import { bundle } from "../../scripts/build/compile.ts";
import { run } from "../../scripts/build/process.ts";

/** Packages, and folders of `src/`, that are in what a command loaded. */
interface Loaded {
  readonly packages: readonly string[];
  readonly folders: readonly string[];
}

/** What a module of a chunk was made of stands in a comment before it. */
const PACKAGE = /^\/\/ \S*\/registry\.npmjs\.org\/((?:@[^/]+\/)?[^/]+)\//gm;
const LOCALE = /^\/\/ \S*\/zod\/\S*\/locales\/(\S+)\.js$/gm;
const FOLDER = /^\/\/ src\/([a-z]+)\//gm;

/** Makes each chunk of a bundle say that it was loaded. */
async function instrumented(directory: string): Promise<void> {
  await bundle(directory, { readable: true });
  for await (const { name } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    const text = await Deno.readTextFile(path);
    const ended = text.replace("Deno.exit(await", "Deno.exitCode = (await");
    await Deno.writeTextFile(path, `console.error("loaded ${name}");\n${ended}`);
  }
}

async function loadedBy(directory: string, args: readonly string[]): Promise<Loaded> {
  const { ok, stderr } = await run(Deno.execPath(), ["run", "-A", `${directory}/mod.js`, ...args], {}, true);
  assert.equal(ok, true, stderr);
  const chunks = [...stderr.matchAll(/^loaded (\S+)$/gm)].map(([, name]) => name);
  assert.ok(chunks.includes("mod.js"));
  const texts = await Promise.all(chunks.map((name) => Deno.readTextFile(`${directory}/${name}`)));
  const found = (pattern: RegExp) =>
    [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = ""]) => name)))].sort();
  return { packages: found(PACKAGE), folders: found(FOLDER) };
}

Deno.test("a command loads what it needs: neither --help nor validate has a driver, statements or rows", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await instrumented(directory);
    assert.deepEqual(await loadedBy(directory, ["--help"]), {
      packages: ["commander"],
      folders: ["cli", "diagnostics", "log", "presets", "serve"],
    });
    const { packages, folders } = await loadedBy(directory, ["validate", "--preset", "bootstrap"]);
    assert.deepEqual(packages, ["commander", "yaml", "zod"]);
    assert.deepEqual(
      folders.filter((name) => ["database", "snapshot", "removal", "apply"].includes(name)),
      [],
    );
    // `import { z } from "zod"` would bring the words of fifty languages, half a megabyte.
    const chunks = await Promise.all(
      Array.from(Deno.readDirSync(directory), ({ name }) => Deno.readTextFile(`${directory}/${name}`)),
    );
    const locales = chunks.flatMap((text) => [...text.matchAll(LOCALE)].map(([, name]) => name));
    assert.deepEqual(locales, ["en"]);
    // Typed tables and what builds them are for the compiler only; no command has them.
    assert.deepEqual(
      chunks.filter((text) => /^\/\/ src\/flagsmith\/tables\/|\/pg-core\/table\.js$/m.test(text)),
      [],
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
