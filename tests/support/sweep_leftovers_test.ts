import assert from "node:assert/strict";
import { join } from "node:path";
import { startMark } from "./process_alive.ts";
import { directoryPrefix, sweepLeftovers } from "./sweep_leftovers.ts";

Deno.test("sweepLeftovers() removes what belongs to a process that is gone, and nothing else", async () => {
  const child = new Deno.Command("sh", { args: ["-c", "read line"], stdin: "piped" }).spawn();
  const gone = `${child.pid}-${startMark(child.pid)}`;
  await child.stdin.close();
  await child.status;
  const parent = await Deno.makeTempDir();
  try {
    const kept = ["flagsmith-provision-pg-notes", `${directoryPrefix()}abc`, "other"];
    for (
      const name of [...kept, `flagsmith-provision-pg-${gone}-abc`, `flagsmith-provision-test-0-${gone}`]
    ) {
      await Deno.mkdir(join(parent, name, "data"), { recursive: true });
    }
    await sweepLeftovers(parent);
    assert.deepEqual([...Deno.readDirSync(parent)].map((entry) => entry.name).sort(), kept.sort());
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
