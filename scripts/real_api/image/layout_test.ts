import assert from "node:assert/strict";

const ROOT = new URL("../../../", import.meta.url);

Deno.test("the image's Dockerfile copies files that exist, to where the proof lays them out", async () => {
  const text = await Deno.readTextFile(new URL("deploy/flagsmith-image/Dockerfile", ROOT));
  const copies = [...text.matchAll(/^COPY (?:--\S+ )*(\S+) (\S+)$/gm)].map((
    [, from = "", to = ""],
  ) => [from, to]);
  assert.deepEqual(copies, [
    ["${PROGRAM}", "/usr/local/bin/flagsmith-provision"],
    ["deploy/flagsmith-image/flagsmith_provision", "/app/flagsmith_provision"],
    ["deploy/flagsmith-image/settings/provisioned.py", "/app/app/settings/provisioned.py"],
    ["provisioning/bootstrap/bootstrap.yaml", "/app/provisioning/bootstrap.yaml"],
  ]);
  const ignored = await Deno.readTextFile(new URL("deploy/flagsmith-image/Dockerfile.dockerignore", ROOT));
  const kept = [...ignored.matchAll(/^!(\S+)$/gm)].map(([, path = ""]) => path);
  for (const [from = ""] of copies.slice(1)) {
    await Deno.stat(new URL(from, ROOT));
    assert.ok(kept.some((path) => from.startsWith(`${path}/`)), from);
  }
});
