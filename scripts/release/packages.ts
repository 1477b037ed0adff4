/** The packages inside the binary: what the sources import at run time, with hashes from the lock file. */
import { join } from "node:path";
import { run } from "../build/process.ts";

/** One npm package. */
export interface ReleasedPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier, as its package.json says. */
  readonly license: string;
  /** SHA-512 of the archive in the registry, hexadecimal. */
  readonly sha512: string;
  /** Its licence texts. */
  readonly texts: readonly string[];
}

interface Info {
  readonly modules: readonly { readonly kind: string; readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly version: string;
        readonly localPath: string;
        readonly dependencies: readonly string[];
      }
    >
  >;
}

/** The packages that `mod.ts` reaches, sorted by name. `root` is the project's folder. */
export async function releasedPackages(root: string): Promise<readonly ReleasedPackage[]> {
  const done = await run(Deno.execPath(), ["info", "--json", join(root, "mod.ts")]);
  if (!done.ok) throw new Error(`Cannot list the packages: ${done.stderr}`);
  const info: Info = JSON.parse(done.stdout);
  const lock: { readonly npm: Readonly<Record<string, { readonly integrity: string }>> } = JSON.parse(
    await Deno.readTextFile(join(root, "deno.lock")),
  );
  const ids = new Set<string>();
  const add = (id: string): void => {
    if (ids.has(id)) return;
    ids.add(id);
    for (const below of info.npmPackages[id]?.dependencies ?? []) add(below);
  };
  for (const { npmPackage } of info.modules) if (npmPackage !== undefined) add(npmPackage);
  const found: ReleasedPackage[] = [];
  for (const id of [...ids].sort()) {
    const known = info.npmPackages[id];
    const integrity = lock.npm[id]?.integrity;
    if (known === undefined || integrity?.startsWith("sha512-") !== true) {
      throw new Error(`The package ${id} is not in the lock file with its hash`);
    }
    const manifest: { readonly license?: string } = JSON.parse(
      await Deno.readTextFile(join(known.localPath, "package.json")),
    );
    if (manifest.license === undefined) throw new Error(`The package ${id} names no licence`);
    found.push({
      name: known.name,
      version: known.version,
      license: manifest.license,
      sha512: Uint8Array.fromBase64(integrity.slice("sha512-".length)).toHex(),
      texts: await licenseTexts(known.localPath),
    });
  }
  return found;
}

async function licenseTexts(directory: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile && /^(licen[cs]e|notice|copying|unlicense)/i.test(name)) names.push(name);
  }
  return await Promise.all(names.sort().map((name) => Deno.readTextFile(join(directory, name))));
}
