/** The files of the image: what the binary needs of an operating system, taken from Debian's packages, and the binary. */
import { join, relative } from "node:path";
import { run } from "../build/process.ts";
import type { Entry } from "./archive.ts";
import { IMAGE_PROGRAM, IMAGE_USER } from "./oci_image.ts";

/** The C library, the unwinder that the runtime is linked to, and Mozilla's certificates. */
const PACKAGES = ["libc6", "libgcc-s1", "ca-certificates"];

/** Folders of the packages that a program needs at run time; documentation and the like stay behind. */
const WANTED = /^(usr\/)?lib(64)?\//;

const CERTIFICATES = "usr/share/ca-certificates/mozilla";

/** There is no way to get the packages here. */
export class PackagesMissing extends Error {
  override readonly name = "PackagesMissing";
}

/** A base layer, and the packages that it was made of as `name version`. */
export interface BaseLayer {
  readonly entries: readonly Entry[];
  readonly packages: readonly string[];
}

/**
 * The base layer for an architecture. Downloads Debian's packages with `apt-get`, which checks their signatures, with lists
 * of its own, so that the architecture need not be the machine's. Throws `PackagesMissing` where that is impossible.
 */
export async function baseLayer(architecture: "amd64" | "arm64"): Promise<BaseLayer> {
  const directory = await Deno.makeTempDir();
  try {
    const done = await run("/bin/sh", [
      "-c",
      `{ ${UNPACK}; } 2>&1`,
      "sh",
      directory,
      architecture,
      ...PACKAGES,
    ]);
    const lines = done.stdout.trim().split("\n");
    if (!done.ok) {
      throw new PackagesMissing(`Cannot get Debian's packages for ${architecture}: ${lines.at(-1)}`);
    }
    return {
      entries: await entriesBelow(join(directory, "root")),
      packages: lines.flatMap((line) => /^unpacked (\S+ \S+)$/.exec(line)?.[1] ?? []),
    };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Downloads and unpacks packages: `sh DIRECTORY ARCHITECTURE PACKAGE …`. */
const UNPACK = `set -e; cd "$1"; architecture=$2; shift 2
mkdir -p root state/lists/partial cache/archives/partial
apt() { apt-get -q -o APT::Sandbox::User=root -o APT::Architecture=$architecture -o APT::Architectures=$architecture \\
  -o Dir::State=$PWD/state -o Dir::State::status=/dev/null -o Dir::Cache=$PWD/cache "$@"; }
apt update
apt download "$@"
for package in ./*.deb; do
  dpkg-deb -x "$package" root
  dpkg-deb --show --showformat='unpacked \${Package} \${Version}\\n' "$package"
done`;

async function entriesBelow(root: string): Promise<readonly Entry[]> {
  const bundle: string[] = [];
  const files: Entry[] = [];
  const parents = new Set<string>();
  for (const path of await pathsBelow(root)) {
    const name = relative(root, path);
    if (name.startsWith(`${CERTIFICATES}/`)) bundle.push(await Deno.readTextFile(path));
    if (!WANTED.test(name) || /\/(gconv|audit)\//.test(name)) continue;
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) parents.add(name.slice(0, at));
    const { isSymlink, mode } = await Deno.lstat(path);
    files.push(
      isSymlink
        ? { kind: "link", path: name, target: await Deno.readLink(path) }
        : { kind: "file", path: name, mode: (mode ?? 0o644) & 0o755, data: await Deno.readFile(path) },
    );
  }
  if (bundle.length === 0) throw new Error(`Debian's certificates are not in ${CERTIFICATES}`);
  const own = ["etc", "etc/ssl", "etc/ssl/certs"];
  const account = `nonroot:x:${IMAGE_USER}:${IMAGE_USER}:nonroot:/:/sbin/nologin\n`;
  return [
    ...[...parents, ...own].toSorted().map((path): Entry => ({ kind: "directory", path, mode: 0o755 })),
    { kind: "directory", path: "tmp", mode: 0o1777 },
    ...files,
    text("etc/passwd", `root:x:0:0:root:/:/sbin/nologin\n${account}`),
    text("etc/group", `root:x:0:\nnonroot:x:${IMAGE_USER}:\n`),
    text("etc/nsswitch.conf", "hosts: files dns\n"),
    text("etc/ssl/certs/ca-certificates.crt", bundle.join("")),
  ];
}

async function pathsBelow(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) { for (const below of await pathsBelow(path)) found.push(below); }
    else found.push(path);
  }
  return found.sort();
}

function text(path: string, content: string): Entry {
  return { kind: "file", path, mode: 0o644, data: new TextEncoder().encode(content) };
}

/** The layer that holds the program. */
export function programLayer(binary: Uint8Array): readonly Entry[] {
  const path = IMAGE_PROGRAM.slice(1);
  const parents = ["usr", "usr/local", "usr/local/bin"];
  return [
    ...parents.map((parent): Entry => ({ kind: "directory", path: parent, mode: 0o755 })),
    { kind: "file", path, mode: 0o755, data: binary },
  ];
}
