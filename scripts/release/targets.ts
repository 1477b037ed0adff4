/** The systems that a release has a binary for. */

/** One system. */
export interface Target {
  /** As in file names: `linux-x64`. */
  readonly name: string;
  /** The Rust triple that `deno compile --target` takes. */
  readonly triple: string;
  /** `.exe` on Windows. */
  readonly suffix: string;
  /** Architecture of a container image in Docker's words; undefined where there is no image. */
  readonly architecture: "amd64" | "arm64" | undefined;
}

/** All of them, in the order of the page that offers them. */
export const TARGETS: readonly Target[] = [
  { name: "linux-x64", triple: "x86_64-unknown-linux-gnu", suffix: "", architecture: "amd64" },
  { name: "linux-arm64", triple: "aarch64-unknown-linux-gnu", suffix: "", architecture: "arm64" },
  { name: "macos-x64", triple: "x86_64-apple-darwin", suffix: "", architecture: undefined },
  { name: "macos-arm64", triple: "aarch64-apple-darwin", suffix: "", architecture: undefined },
  { name: "windows-x64", triple: "x86_64-pc-windows-msvc", suffix: ".exe", architecture: undefined },
];

/**
 * Where the `denort` of a target lies: `DENORT_DIR/denort-TRIPLE` when that variable is set and holds one, `DENORT_BIN` for
 * the machine that builds, else undefined: `deno compile` downloads it then.
 */
export async function denortOf(
  { triple }: Target,
  env: Readonly<Record<string, string>>,
  ownTriple: string,
): Promise<string | undefined> {
  const directory = env["DENORT_DIR"];
  if (directory !== undefined && directory !== "") {
    const file = `${directory}/denort-${triple}`;
    if (await Deno.stat(file).then(({ isFile }) => isFile, () => false)) return file;
  }
  return triple === ownTriple ? env["DENORT_BIN"] || undefined : undefined;
}
