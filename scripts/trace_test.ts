import assert from "node:assert/strict";
import { bundle } from "./build/compile.ts";
import { mapped } from "./trace.ts";

Deno.test("a trace of a bundle is mapped to the lines of the sources", async () => {
  const directory = await Deno.makeTempDir({ dir: "dist" }).catch(async () => {
    await Deno.mkdir("dist", { recursive: true });
    return await Deno.makeTempDir({ dir: "dist" });
  });
  try {
    await bundle(directory);
    const files = [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
      name.endsWith(".js")
    );
    // A message that one source holds: where it is in the bundle, and where it comes from.
    const message = "A segment needs at least one rule";
    const [name = ""] = files.filter((file) =>
      Deno.readTextFileSync(`${directory}/${file}`).includes(message)
    );
    const before = Deno.readTextFileSync(`${directory}/${name}`).split(message)[0] ?? "";
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    const place = `file:///tmp/deno-compile-x/dist/bundle/${name}:${line}:${column}`;
    const report =
      `error: This is a bug [FP500]\n    at async Xa (${place})\n    at ext:core/01_core.js:1:2\n`;
    const lines = (await mapped(report, directory)).split("\n");
    assert.match(lines[1] ?? "", /^ {4}at async Xa \(src\/kinds\/segment\/spec\.ts:\d+:\d+\)$/);
    assert.equal(lines.toSpliced(1, 1).join("\n"), report.split("\n").toSpliced(1, 1).join("\n"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
