/**
 * Builds what a release publishes, into `dist/release/flagsmith-provision-VERSION`: `deno task release` (docs/releasing.md).
 * Exit codes: 0 built; 1 something failed. What a machine cannot build is left out and named. `--binary SYSTEM=PATH` takes
 * a binary that was built before, and only given binaries then.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { createHash } from "node:crypto";
import { bundle, compile, DenortMissing, ignoreNotFound } from "./build/compile.ts";
import { run } from "./build/process.ts";
import { smokeTest } from "./build/smoke.ts";
import { toolchainFrom } from "./build/toolchain.ts";
import { type Entry, gzip, tarOf } from "./release/archive.ts";
import { billOfMaterials, licenceNotices } from "./release/bill_of_materials.ts";
import { documentFiles } from "./release/documents.ts";
import { baseLayer, PackagesMissing, programLayer } from "./release/image_files.ts";
import { ociArchive } from "./release/oci_image.ts";
import { releasedPackages } from "./release/packages.ts";
import { denortOf, type Target, TARGETS } from "./release/targets.ts";
import { complain, say } from "./terminal.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What is being released, and from what. */
interface Release {
  readonly version: string;
  readonly commit: string;
  /** Of the commit, in seconds since 1970; or `SOURCE_DATE_EPOCH`. */
  readonly time: number;
  /** Name of the folder in the bundle, and of the bundle. */
  readonly name: string;
}

/** A file of the release, by its path in the bundle. */
interface ReleaseFile {
  readonly path: string;
  readonly mode: number;
  readonly data: Uint8Array;
}

async function releaseOf(): Promise<Release> {
  const git = await run("git", ["-C", ROOT, "log", "-1", "--format=%H %ct"]);
  const [commit = "unknown", committed = "0"] = git.ok ? git.stdout.trim().split(" ") : [];
  const time = Number(Deno.env.get("SOURCE_DATE_EPOCH") || committed);
  return { version: config.version, commit, time, name: `flagsmith-provision-${config.version}` };
}

/** Compiles for every system whose runtime can be had; the others are named in `leftOut`. */
async function binaries(
  given: ReadonlyMap<string, string>,
  leftOut: string[],
): Promise<readonly { readonly target: Target; readonly data: Uint8Array }[]> {
  const env = Deno.env.toObject();
  const { deno } = toolchainFrom(env, Deno.execPath());
  const directory = join(ROOT, "dist/bundle");
  if (given.size === 0) await bundle(directory);
  const found = [];
  for (const target of TARGETS) {
    const ready = given.get(target.name);
    if (ready !== undefined) {
      found.push({ target, data: await Deno.readFile(ready) });
      continue;
    }
    if (given.size > 0) continue;
    const output = join(ROOT, `dist/release/binaries/flagsmith-provision-${target.name}${target.suffix}`);
    await Deno.remove(output).catch(ignoreNotFound);
    try {
      const denort = await denortOf(target, env, Deno.build.target);
      await compile({ deno, denort }, directory, output, target.triple);
    } catch (error) {
      if (!(error instanceof DenortMissing)) throw error;
      leftOut.push(`binary for ${target.name}: no denort for ${target.triple}`);
      continue;
    }
    if (target.triple === Deno.build.target) {
      await smokeTest(config.version, (args) => run(output, args, {}, true));
    }
    found.push({ target, data: await Deno.readFile(output) });
    say(`Built the binary for ${target.name}`);
  }
  return found;
}

/** Binaries that were built before: `--binary linux-x64=PATH`, repeatable. The others are not built then. */
function givenBinaries(args: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at += 2) {
    const [name = "", path = ""] = args[at + 1]?.split("=") ?? [];
    if (args[at] !== "--binary" || path === "" || !TARGETS.some((target) => target.name === name)) {
      throw new Error(
        `Usage: deno task release [--binary SYSTEM=PATH …], SYSTEM one of ${
          TARGETS.map((t) => t.name).join(", ")
        }`,
      );
    }
    given.set(name, path);
  }
  return given;
}

/** The container images of the binaries that run in one. */
async function images(
  built: Awaited<ReturnType<typeof binaries>>,
  { version, commit, time, name }: Release,
  leftOut: string[],
): Promise<readonly ReleaseFile[]> {
  const files: ReleaseFile[] = [];
  for (const architecture of ["amd64", "arm64"] as const) {
    const binary = built.find(({ target }) => target.architecture === architecture);
    if (binary === undefined) {
      leftOut.push(`image for ${architecture}: there is no binary for it`);
      continue;
    }
    try {
      const base = await baseLayer(architecture);
      const facts = { version, architecture, time, revision: commit };
      files.push({
        path: `image/${name}-${architecture}.oci.tar`,
        mode: 0o644,
        data: ociArchive([base.entries, programLayer(binary.data)], facts),
      });
      say(`Built the image for ${architecture} on ${base.packages.join(", ")}`);
    } catch (error) {
      if (!(error instanceof PackagesMissing)) throw error;
      leftOut.push(`image for ${architecture}: ${error.message}`);
    }
  }
  return files;
}

async function release(args: readonly string[]): Promise<number> {
  const given = givenBinaries(args);
  const facts = await releaseOf();
  const { version, commit, time, name } = facts;
  const target = join(ROOT, "dist/release", name);
  await Deno.remove(join(ROOT, "dist/release"), { recursive: true }).catch(ignoreNotFound);
  await Deno.mkdir(join(ROOT, "dist/release/binaries"), { recursive: true });
  const leftOut: string[] = [];
  const built = await binaries(given, leftOut);
  const packages = await releasedPackages(ROOT);
  const runtime = await runtimeVersion();
  const encode = (path: string, text: string): ReleaseFile => ({
    path,
    mode: 0o644,
    data: new TextEncoder().encode(text),
  });
  const files: ReleaseFile[] = [
    ...built.map(({ target: { name: system, suffix }, data }) => ({
      path: `bin/flagsmith-provision-${system}${suffix}`,
      mode: 0o755,
      data,
    })),
    ...await images(built, facts, leftOut),
    ...(given.size > 0 ? [] : await sourceMaps()),
    encode("sbom.cdx.json", billOfMaterials(packages, { version, commit, time, runtime })),
    encode("THIRD-PARTY-LICENCES.txt", licenceNotices(packages, runtime)),
    ...(await documentFiles(ROOT, { version, time })).map(({ path, text }) => encode(path, text)),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const sums = files.map(({ path, data }) => `${sha256(data)}  ${path}\n`).join("");
  await writeAll(target, [...files, encode("SHA256SUMS", sums)]);
  const bundled = gzip(tarOf(entriesOf(name, [...files, encode("SHA256SUMS", sums)]), time));
  await Deno.writeFile(`${target}.tar.gz`, bundled);
  await Deno.writeTextFile(`${target}.tar.gz.sha256`, `${sha256(bundled)}  ${name}.tar.gz\n`);
  await Deno.remove(join(ROOT, "dist/release/binaries"), { recursive: true });
  for (const what of leftOut) complain(`release: Left out: ${what}`);
  say(`Built dist/release/${name}.tar.gz: ${files.length} files, ${(bundled.length / 1e6).toFixed(1)} MB`);
  return built.length === 0 ? 1 : 0;
}

/** What maps a trace of these binaries back to the sources. Those of binaries that were built before are not known. */
async function sourceMaps(): Promise<readonly ReleaseFile[]> {
  const directory = join(ROOT, "dist/bundle");
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
    name.endsWith(".map")
  );
  return await Promise.all(names.map(async (name) => ({
    path: `sourcemaps/${name}`,
    mode: 0o644,
    data: await Deno.readFile(join(directory, name)),
  })));
}

/** The version of Deno whose runtime the binaries start with. */
async function runtimeVersion(): Promise<string> {
  const { deno } = toolchainFrom(Deno.env.toObject(), Deno.execPath());
  const { stdout } = await run(deno, ["--version"]);
  return /^deno (\S+)/.exec(stdout)?.[1] ?? Deno.version.deno;
}

function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function entriesOf(name: string, files: readonly ReleaseFile[]): readonly Entry[] {
  const paths = files.map(({ path }) => `${name}/${path}`);
  const parents = new Set(
    paths.flatMap((path) => [...path.matchAll(/\//g)].map((match) => path.slice(0, match.index))),
  );
  return [
    ...[...parents].toSorted().map((path): Entry => ({ kind: "directory", path, mode: 0o755 })),
    ...files.map((file): Entry => ({
      kind: "file",
      path: `${name}/${file.path}`,
      mode: file.mode,
      data: file.data,
    })),
  ];
}

async function writeAll(directory: string, files: readonly ReleaseFile[]): Promise<void> {
  for (const { path, mode, data } of files) {
    const file = join(directory, path);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await Deno.writeFile(file, data, { mode });
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await release(Deno.args));
  } catch (error) {
    complain(`release: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
