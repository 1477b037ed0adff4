import assert from "node:assert/strict";
import { openTarget } from "./written_file.ts";
import { writeTogether } from "./written_files.ts";

const NO_STREAMS = {
  write: (): void => {
    throw new Error("No stream is meant");
  },
  settle: () => Promise.resolve({ out: undefined, err: undefined }),
};
const open = (path: string, mode = 0o640) => openTarget(path, mode, NO_STREAMS);

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("openTarget() leaves the target alone until it is published, and nothing beside it afterwards", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a`;
    await Deno.writeTextFile(path, "old and longer");
    const file = await open(path);
    await file.stage("first");
    await file.stage("new");
    assert.equal(await Deno.readTextFile(path), "old and longer");
    assert.equal(names(folder).length, 2);
    await file.publish();
    assert.deepEqual([await Deno.readTextFile(path), names(folder)], ["new", ["a"]]);
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o640);
    const dropped = await open(path);
    await dropped.stage("never");
    await dropped.discard();
    assert.deepEqual([await Deno.readTextFile(path), names(folder)], ["new", ["a"]]);
  });
});

Deno.test("openTarget() refuses a name that only a directory can have", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(open(`${folder}/none/`), /slash/);
    assert.deepEqual(names(folder), []);
  });
});

Deno.test("openTarget() refuses - alone, which stands for a stream elsewhere", async () => {
  await assert.rejects(open("-"), /"-" is no file/);
});

Deno.test("openTarget() writes behind links, also to what is not there yet", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/real`);
    await Deno.symlink("real", `${folder}/way`);
    await Deno.symlink("way/b", `${folder}/a`);
    for (const text of ["one", "two"]) {
      const file = await open(`${folder}/a`);
      await file.stage(text);
      await file.publish();
      assert.equal(await Deno.readTextFile(`${folder}/real/b`), text);
    }
    assert.ok((await Deno.lstat(`${folder}/a`)).isSymlink);
    assert.deepEqual(names(`${folder}/real`), ["b"]);
  });
});

Deno.test("openTarget() writes to a pipe and a device, and makes no file of them", async () => {
  await inFolder(async (folder) => {
    const fifo = `${folder}/fifo`;
    assert.ok((await new Deno.Command("mkfifo", { args: [fifo] }).output()).success);
    const read = Deno.readTextFile(fifo);
    const file = await open(fifo);
    assert.equal(file.former, undefined);
    await file.stage("through the pipe");
    await file.publish();
    assert.equal(await read, "through the pipe");
    assert.ok((await Deno.lstat(fifo)).isFifo);
    const device = await open("/dev/null");
    await device.stage("gone");
    await device.publish();
    assert.ok((await Deno.lstat("/dev/null")).isCharDevice);
  });
});

Deno.test("openTarget() takes /dev/stdout, and a link to it, for the stream", async () => {
  await inFolder(async (folder) => {
    await Deno.symlink("/proc/self/fd/1", `${folder}/out`);
    for (const path of ["/dev/stdout", "/dev/fd/1", `${folder}/out`]) {
      let said = "";
      const file = await openTarget(path, 0o600, {
        ...NO_STREAMS,
        write: (stream, text) => void (said += stream + text),
      });
      await file.stage("keys");
      await file.publish();
      assert.deepEqual([path, said], [path, "outkeys"]);
    }
  });
});

Deno.test("writeTogether() replaces all files or none, and keeps byte order marks", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "\uFEFFa");
    await Deno.mkdir(`${folder}/b`);
    const texts = ["a", "b"].map((name) => ({ path: `${folder}/${name}`, text: "new", mode: 0o600 }));
    const io = { openTarget: open };
    await assert.rejects(writeTogether(texts, io), { message: `"${folder}/b": it is a directory` });
    const bytes = async () =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(await Deno.readFile(`${folder}/a`));
    assert.deepEqual([await bytes(), names(folder)], ["\uFEFFa", ["a", "b"]]);
    await writeTogether(texts.slice(0, 1), io);
    assert.equal(await bytes(), "\uFEFFnew");
  });
});
