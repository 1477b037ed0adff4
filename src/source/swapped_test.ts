import assert from "node:assert/strict";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { loadSources } from "./sources.ts";

/** A mounted ConfigMap that is swapped while its first file is read, `swaps` times. */
async function readWhileSwapped(swaps: number): Promise<readonly string[]> {
  let version = 1;
  let left = swaps;
  const diagnostics = new Diagnostics();
  const documents = await loadSources(
    { directories: ["/etc/p"], files: [], embedded: [], allowEmpty: false },
    {
      readDirectory: () => Promise.resolve(["..data", "a.yaml", "b.yaml"]),
      stat: (path) => Promise.resolve({ isFile: path !== "/etc/p", isDirectory: path === "/etc/p" }),
      realPath: (path) => Promise.resolve(path.replace("..data", `..${version}`)),
      readFile: (path) => {
        const text = `name: ${path.slice(-6)} of ${version}\n`;
        if (path.endsWith("a.yaml") && left > 0) {
          left--;
          version++;
        }
        return Promise.resolve(new TextEncoder().encode(text));
      },
      readStdin: () => Promise.resolve(new Uint8Array()),
      env: () => undefined,
    },
    { mockEnv: false, secretEnv: [] },
    diagnostics,
  );
  assert.equal(diagnostics.hasErrors, false);
  return documents.map(({ file }) => file.text.trim());
}

Deno.test("loadSources() reads all files of a mounted directory in one version, whenever it is swapped", async () => {
  for (const swaps of [0, 1, 3]) {
    const version = swaps + 1;
    assert.deepEqual(await readWhileSwapped(swaps), [
      `name: a.yaml of ${version}`,
      `name: b.yaml of ${version}`,
    ]);
  }
});
