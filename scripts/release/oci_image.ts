/** A container image as an OCI archive, made of layers and JSON: no engine, no registry. */
import { createHash } from "node:crypto";
import { type Entry, gzip, tarOf } from "./archive.ts";

/** What the image is. */
export interface ImageFacts {
  readonly version: string;
  readonly architecture: "amd64" | "arm64";
  /** Seconds since 1970: of the layers and of the image. */
  readonly time: number;
  /** The commit that it was built from. */
  readonly revision: string;
}

/** The user that the program runs as: `nonroot`, as distroless images name it. */
export const IMAGE_USER = 65532;

/** Where the program lies in the image. */
export const IMAGE_PROGRAM = "/usr/local/bin/flagsmith-provision";

interface Blob {
  readonly digest: string;
  readonly data: Uint8Array;
}

const encoder = new TextEncoder();

/** The archive (OCI image layout 1.0, `docker load` and `skopeo` read it) with one layer for each list of entries. */
export function ociArchive(layers: readonly (readonly Entry[])[], facts: ImageFacts): Uint8Array {
  const { version, architecture, time, revision } = facts;
  const created = new Date(time * 1000).toISOString().replace(".000Z", "Z");
  const tars = layers.map((entries) => tarOf(entries, time));
  const packed = tars.map((tar) => blobOf(gzip(tar)));
  const labels = {
    "org.opencontainers.image.title": "flagsmith-provision",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": revision,
    "org.opencontainers.image.licenses": "BSD-3-Clause",
  };
  const config = jsonBlob({
    created,
    architecture,
    os: "linux",
    config: {
      User: `${IMAGE_USER}:${IMAGE_USER}`,
      Env: ["PATH=/usr/local/bin:/usr/bin:/bin"],
      Entrypoint: [IMAGE_PROGRAM],
      WorkingDir: "/",
      Labels: labels,
    },
    rootfs: { type: "layers", diff_ids: tars.map(digestOf) },
    history: layers.map(() => ({ created, created_by: "flagsmith-provision release" })),
  });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...sizeOf(config) },
    layers: packed.map((layer) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      ...sizeOf(layer),
    })),
    annotations: labels,
  });
  const index = jsonBlob({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      ...sizeOf(manifest),
      platform: { architecture, os: "linux" },
      annotations: {
        "org.opencontainers.image.ref.name": version,
        "io.containerd.image.name": `flagsmith-provision:${version}`,
      },
    }],
  });
  const file = (path: string, data: Uint8Array): Entry => ({ kind: "file", path, mode: 0o644, data });
  return tarOf([
    file("oci-layout", encoder.encode('{"imageLayoutVersion":"1.0.0"}')),
    file("index.json", index.data),
    // What `docker load` of engines without the containerd store reads.
    file(
      "manifest.json",
      encoder.encode(JSON.stringify([{
        Config: pathOf(config),
        RepoTags: [`flagsmith-provision:${version}`],
        Layers: packed.map(pathOf),
      }])),
    ),
    ...[...new Map([config, manifest, ...packed].map((blob) => [blob.digest, blob])).values()].map((blob) =>
      file(pathOf(blob), blob.data)
    ),
  ], time);
}

function digestOf(data: Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

function blobOf(data: Uint8Array): Blob {
  return { digest: digestOf(data), data };
}

function jsonBlob(value: unknown): Blob {
  return blobOf(encoder.encode(JSON.stringify(value)));
}

function sizeOf({ digest, data }: Blob): { readonly digest: string; readonly size: number } {
  return { digest, size: data.length };
}

function pathOf({ digest }: Blob): string {
  return `blobs/${digest.replace(":", "/")}`;
}
