import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { run } from "../build/process.ts";
import { type Entry, gzip, tarOf } from "./archive.ts";

const LONG = `${"folder/".repeat(20)}file.txt`;

const ENTRIES: readonly Entry[] = [
  { kind: "directory", path: "bin", mode: 0o1777 },
  { kind: "file", path: "bin/program", mode: 0o755, data: new TextEncoder().encode("content\n") },
  { kind: "link", path: "bin/link", target: "program" },
  { kind: "file", path: LONG, mode: 0o600, data: new Uint8Array(1024) },
];

Deno.test("tarOf() writes what tar reads, with modes, links, long paths and one time", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = join(directory, "a.tar");
    await Deno.writeFile(file, tarOf(ENTRIES, 946_684_800));
    const { stdout } = await run("tar", ["--utc", "--numeric-owner", "-tvf", file]);
    assert.deepEqual(stdout.trim().split("\n").map((line) => line.replaceAll(/ +/g, " ")), [
      "drwxrwxrwt 0/0 0 2000-01-01 00:00 bin/",
      "-rwxr-xr-x 0/0 8 2000-01-01 00:00 bin/program",
      "lrwxrwxrwx 0/0 0 2000-01-01 00:00 bin/link -> program",
      `-rw------- 0/0 1024 2000-01-01 00:00 ${LONG}`,
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("tarOf() refuses a path that the format cannot hold", () => {
  const entry: Entry = { kind: "file", path: "x".repeat(101), mode: 0o644, data: new Uint8Array() };
  assert.throws(() => tarOf([entry], 0), { message: `"${"x".repeat(101)}" is too long for a tar archive` });
});

Deno.test("gzip() gives equal bytes for equal data, without a time", () => {
  const data = tarOf(ENTRIES, 1);
  assert.deepEqual(gzip(data), gzip(data));
  assert.deepEqual([...gzip(data).subarray(4, 10)], [0, 0, 0, 0, 0, 255]);
  assert.deepEqual(new Uint8Array(gunzipSync(gzip(data))), new Uint8Array(data));
});
