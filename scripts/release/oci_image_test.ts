import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { run } from "../build/process.ts";
import { programLayer } from "./image_files.ts";
import { ociArchive } from "./oci_image.ts";

const FACTS = { version: "1.2.3", architecture: "arm64", time: 946_684_800, revision: "abc" } as const;

Deno.test("ociArchive() writes a layout in which every digest and size is true", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const base = [{ kind: "directory", path: "tmp", mode: 0o1777 }] as const;
    await Deno.writeFile(
      join(directory, "image.tar"),
      ociArchive([base, programLayer(new TextEncoder().encode("binary"))], FACTS),
    );
    assert.equal((await run("tar", ["-xf", join(directory, "image.tar"), "-C", directory])).ok, true);
    const read = async (descriptor: { readonly digest: string; readonly size: number }) => {
      const data = await Deno.readFile(join(directory, "blobs", descriptor.digest.replace(":", "/")));
      assert.equal(data.length, descriptor.size);
      assert.equal(`sha256:${createHash("sha256").update(data).digest("hex")}`, descriptor.digest);
      return data;
    };
    const json = (data: Uint8Array) => JSON.parse(new TextDecoder().decode(data));
    const index = json(await Deno.readFile(join(directory, "index.json")));
    assert.deepEqual(index.manifests[0].platform, { architecture: "arm64", os: "linux" });
    const manifest = json(await read(index.manifests[0]));
    const config = json(await read(manifest.config));
    const layers = await Promise.all(manifest.layers.map(read));
    assert.deepEqual(
      layers.map((layer) => `sha256:${createHash("sha256").update(gunzipSync(layer)).digest("hex")}`),
      config.rootfs.diff_ids,
    );
    assert.deepEqual(config.config, {
      User: "65532:65532",
      Env: ["PATH=/usr/local/bin:/usr/bin:/bin"],
      Entrypoint: ["/usr/local/bin/flagsmith-provision"],
      WorkingDir: "/",
      Labels: {
        "org.opencontainers.image.title": "flagsmith-provision",
        "org.opencontainers.image.version": "1.2.3",
        "org.opencontainers.image.revision": "abc",
        "org.opencontainers.image.licenses": "BSD-3-Clause",
      },
    });
    const [docker] = json(await Deno.readFile(join(directory, "manifest.json")));
    assert.deepEqual(docker, {
      Config: `blobs/${manifest.config.digest.replace(":", "/")}`,
      RepoTags: ["flagsmith-provision:1.2.3"],
      Layers: manifest.layers.map(({ digest }: { readonly digest: string }) =>
        `blobs/${digest.replace(":", "/")}`
      ),
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
