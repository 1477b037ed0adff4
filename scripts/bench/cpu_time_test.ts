import assert from "node:assert/strict";
import { cpuTime } from "./cpu_time.ts";

/** A shell that counts, which takes some hundredths of a second. */
const COUNT = ["bash", "-c", "for ((i = 0; i < 30000; i++)); do :; done; echo note: done >&2"];

Deno.test("cpuTime() grows with the number of processes, and not with time that they wait", async () => {
  const one = await cpuTime(COUNT, {});
  assert.ok(one > 0.005, String(one));
  assert.ok(await cpuTime(COUNT, {}, 4) > 2 * one);
  assert.ok(await cpuTime(["sleep", "0.2"], {}) < 0.1);
});

Deno.test("cpuTime() rejects with the words of a process that fails, also of one among many", async () => {
  await assert.rejects(cpuTime(["bash", "-c", "echo no such thing >&2; exit 3"], {}, 3), /no such thing/);
});
