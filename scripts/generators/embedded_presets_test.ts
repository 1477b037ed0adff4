import assert from "node:assert/strict";
import fc from "fast-check";
import { embeddedPresets, type PresetFile, presetModule } from "./embedded_presets.ts";

Deno.test("embeddedPresets() takes the YAML files of every set in alphabetical order", async () => {
  const root = `${await Deno.makeTempDir()}/`;
  try {
    const put = async (path: string, text: string) => {
      await Deno.mkdir(`${root}provisioning/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      await Deno.writeTextFile(`${root}provisioning/${path}`, text);
    };
    await put("two/20-b.yaml", "b: '${B}'\n");
    await put("two/10-a.yaml", "a: 1\n");
    await put("two/README.md", "Not embedded\n");
    await put("one/more/x.yaml", "x: `\\\n");
    await put("empty/README.md", "No YAML\n");
    await Deno.writeTextFile(`${root}provisioning/loose.yaml`, "not: in a set\n");

    const files = await embeddedPresets(root);
    const lines = (path: string, from: string) => {
      const text = files[path] ?? "";
      return text.slice(text.indexOf(from)).split("\n");
    };
    assert.deepEqual(Object.keys(files), [
      "src/presets/embedded.ts",
      "src/presets/embedded/one.ts",
      "src/presets/embedded/two.ts",
    ]);
    assert.deepEqual(lines("src/presets/embedded.ts", "lookup({"), [
      "lookup({",
      '"one": () => import("./embedded/one.ts").then(({ FILES }) => FILES),',
      '"two": () => import("./embedded/two.ts").then(({ FILES }) => FILES),',
      "});",
      "",
    ]);
    assert.deepEqual(lines("src/presets/embedded/one.ts", "= [\n"), [
      "= [",
      '{ name: "more/x.yaml", text: `x: \\`\\\\',
      "` },",
      "];",
      "",
    ]);
    assert.deepEqual(lines("src/presets/embedded/two.ts", "= [\n"), [
      "= [",
      '{ name: "10-a.yaml", text: `a: 1',
      "` },",
      "{ name: \"20-b.yaml\", text: `b: '\\${B}'",
      "` },",
      "];",
      "",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("presetModule() exports every text as it was", async () => {
  const text = fc.array(fc.constantFrom("`", "$", "{", "}", "\\", "\r", "\n", "'", '"', "é", "a", "\t")).map((
    c,
  ) => c.join(""));
  const file: fc.Arbitrary<PresetFile> = fc.record({ name: text, text }, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 3 }), async (files) => {
      const module = await import(
        `data:text/typescript,${encodeURIComponent(presetModule("set", files))}`
      );
      assert.deepEqual(module.FILES, files);
    }),
    { numRuns: 30 },
  );
});
