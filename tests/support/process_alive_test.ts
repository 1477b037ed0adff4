import assert from "node:assert/strict";
import { isAlive, startMark } from "./process_alive.ts";

Deno.test("isAlive() is true for this process when its own mark is given", () => {
  assert.equal(isAlive(Deno.pid, startMark(Deno.pid)), true);
});

Deno.test("isAlive() is false when the process has ended", async () => {
  const child = new Deno.Command("sh", { args: ["-c", "read line"], stdin: "piped" }).spawn();
  const mark = startMark(child.pid);
  assert.equal(isAlive(child.pid, mark), true);
  await child.stdin.close();
  await child.status;
  assert.equal(isAlive(child.pid, mark), false);
});

Deno.test({
  name: "isAlive() is false when the id belongs to a later process",
  ignore: Deno.build.os !== "linux", // only there processes are marked
  fn: () => assert.equal(isAlive(Deno.pid, "1"), false),
});
