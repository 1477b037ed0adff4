import assert from "node:assert/strict";
import { join } from "node:path";
import { WatchedFiles } from "./watched_files.ts";

const READS = {
  readFile: (path: string) => Deno.readFile(path),
  stat: (path: string) => Deno.stat(path),
  readDirectory: (path: string) => Promise.resolve([...Deno.readDirSync(path)].map(({ name }) => name)),
};

Deno.test("WatchedFiles sees new content behind the symbolic links of a mounted ConfigMap, and no new time stamps", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const write = async (version: string, text: string) => {
      await Deno.mkdir(join(directory, version));
      await Deno.writeTextFile(join(directory, version, "a.yaml"), text);
    };
    const point = async (version: string) => {
      await Deno.symlink(version, join(directory, "..new"));
      await Deno.rename(join(directory, "..new"), join(directory, "..data"));
    };
    await write("..1", "one");
    await write("..2", "two");
    await point("..1");
    await Deno.symlink("..data/a.yaml", join(directory, "a.yaml"));
    const watched = new WatchedFiles(READS);
    const read = async () => {
      const reads = watched.recording();
      await reads.readDirectory(directory);
      await reads.readFile(join(directory, "a.yaml"));
      await reads.readFile(join(directory, "secret")).catch(() => {});
    };
    await read();
    assert.equal(await watched.changed(), false);
    await Deno.utime(join(directory, "..1/a.yaml"), 1, 1);
    assert.equal(await watched.changed(), false);
    await point("..2");
    assert.equal(await watched.changed(), true);
    await read();
    assert.equal(await watched.changed(), false);
    await Deno.writeTextFile(join(directory, "secret"), "it is there now");
    assert.equal(await watched.changed(), true);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("WatchedFiles sees that what was missing is there, and that something else stands in its place", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "a");
    const watched = new WatchedFiles(READS);
    const look = async () => {
      await watched.recording().stat(path).catch(() => {});
      assert.equal(await watched.changed(), false);
    };
    const steps = [
      () => Deno.mkdir(path),
      () => Deno.remove(path),
      () => Deno.symlink("b", path),
      () => Deno.writeTextFile(join(directory, "b"), "text"),
      () => Deno.remove(join(directory, "b")),
    ];
    for (const [at, step] of steps.entries()) {
      await look();
      await step();
      // A link that leads nowhere is as good as nothing.
      assert.equal(await watched.changed(), at !== 2, String(at));
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
