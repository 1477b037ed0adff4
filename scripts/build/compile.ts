/** Bundling the sources and compiling a binary from the bundle. */
import { fileURLToPath } from "node:url";
import { run, whyCompileFailed } from "./process.ts";
import type { Toolchain } from "./toolchain.ts";

/**
 * What the binary may do. Reading and writing cannot be narrowed, since input and `--outputs` files lie anywhere; nor
 * can the environment, since documents name variables. No `--allow-run` and no `--allow-ffi`; no `--allow-sys` either:
 * the driver asks the system for the user's name only when the address holds none, and falls back to `USER`. No module
 * is ever fetched. A command gives up what it does not need when it begins (`src/cli/rights.ts`).
 */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-net",
  "--deny-import",
];

/**
 * A young generation of 4 MiB a half from the start, and no more: growing to it would copy what lives again and again, and
 * a larger one costs memory and saves no time (`docs/decisions/0015-a-small-young-generation.md`).
 */
const V8_FLAGS = "--v8-flags=--min-semi-space-size=4,--max-semi-space-size=4";

/** The time that bundled files get, in seconds since 1970: 1 January 2000. */
const BUNDLED_AT = 946_684_800;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** There is no runtime to build a binary from. */
export class DenortMissing extends Error {
  override readonly name = "DenortMissing";
}

/**
 * Bundles `mod.ts` into a directory; modules that load lazily stay files of their own. What was there before goes. Minified
 * unless it is to be read.
 */
export async function bundle(
  directory: string,
  { readable = false }: { readonly readable?: boolean } = {},
): Promise<void> {
  await Deno.remove(directory, { recursive: true }).catch(ignoreNotFound);
  const done = await run(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--frozen",
    "--code-splitting",
    // Beside the bundle, for `deno task trace`; nothing refers to them, and a binary does not hold them.
    "--sourcemap=external",
    ...(readable ? [] : ["--minify"]),
    `--outdir=${directory}`,
    `${ROOT}/mod.ts`,
  ]);
  if (!done.ok) throw new Error(`Cannot bundle mod.ts: ${done.stderr}`);
  // A binary holds the times of its files; with these two builds of one commit are the same bytes.
  for await (const entry of Deno.readDir(directory)) {
    await Deno.utime(`${directory}/${entry.name}`, BUNDLED_AT, BUNDLED_AT);
  }
}

/**
 * Compiles a bundle to `output`, for `target` (a Rust triple) or for this machine. Without a code cache: it would be
 * written to the temporary directory under a guessable name, and gains nothing once modules load lazily. Throws
 * `DenortMissing` when the runtime of the target can be neither read nor downloaded.
 */
export async function compile(
  toolchain: Toolchain,
  directory: string,
  output: string,
  target?: string,
): Promise<void> {
  const done = await run(
    toolchain.deno,
    [
      "compile",
      "--quiet",
      "--no-config",
      "--no-check",
      "--no-code-cache",
      V8_FLAGS,
      ...PERMISSIONS,
      ...(target === undefined ? [] : [`--target=${target}`]),
      `--output=${output}`,
      `${directory}/mod.js`,
    ],
    environment(toolchain.denort),
    true,
  );
  if (done.ok) return;
  const reason = whyCompileFailed(done.stderr);
  throw reason.denortMissing ? new DenortMissing(reason.message) : new Error(reason.message);
}

/** The environment with the runtime to start a binary with, and without another one. */
function environment(denort: string | undefined): Readonly<Record<string, string>> {
  const { DENORT_BIN: _other, ...rest } = Deno.env.toObject();
  return { ...rest, NO_COLOR: "1", ...(denort === undefined ? {} : { DENORT_BIN: denort }) };
}

/** For a file that may be gone already. */
export function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
