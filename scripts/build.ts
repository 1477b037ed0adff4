/**
 * Builds `dist/flagsmith-provision`, one file that needs nothing else: `deno task build`.
 *
 * The sources are bundled first (`docs/decisions/0001-bundle-before-compile.md`), then compiled by the Deno that
 * `toolchainFrom` chooses, then the binary is tried with its final permissions. Exit codes: 0 built and tried,
 * 1 something failed, 69 the runtime that a binary starts with (`denort`) cannot be had.
 */
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { type Toolchain, toolchainFrom } from "./build/toolchain.ts";
import { run, whyCompileFailed } from "./build/process.ts";
import { smokeTest } from "./build/smoke.ts";
import { complain, say } from "./terminal.ts";

/**
 * What the binary may do. Reading and writing cannot be narrowed, since input and `--outputs` files lie anywhere; nor
 * can the environment, since documents name variables. No `--allow-run` and no `--allow-ffi`; no `--allow-sys` either:
 * the driver asks the system for the user's name only when the address holds none, and falls back to `USER`.
 */
const PERMISSIONS = ["--no-prompt", "--allow-read", "--allow-write", "--allow-env", "--allow-net"];

/**
 * A young generation of at most 4 MiB a half, not of 16: a run makes much that lives until its end, and copying that to
 * and fro in large halves costs memory and saves no time (`docs/decisions/0015-a-small-young-generation.md`).
 */
const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUNDLE = `${ROOT}dist/bundle`;
const BINARY = `${ROOT}dist/flagsmith-provision`;

/** Bundles `mod.ts`; modules that load lazily stay files of their own. Old chunks go, their names hold a hash. */
async function bundle(): Promise<void> {
  await Deno.remove(BUNDLE, { recursive: true }).catch(ignoreNotFound);
  const done = await run(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--code-splitting",
    `--outdir=${BUNDLE}`,
    `${ROOT}mod.ts`,
  ]);
  if (!done.ok) throw new Error(`Cannot bundle mod.ts: ${done.stderr}`);
}

/**
 * Compiles the bundle. Without a code cache: it would be written to the temporary directory under a guessable name,
 * and gains nothing once modules load lazily.
 */
async function compile(toolchain: Toolchain): Promise<void> {
  const done = await run(toolchain.deno, [
    "compile",
    "--quiet",
    "--no-config",
    "--no-check",
    "--no-code-cache",
    V8_FLAGS,
    ...PERMISSIONS,
    `--output=${BINARY}`,
    `${BUNDLE}/mod.js`,
  ], toolchain.denort === undefined ? {} : { DENORT_BIN: toolchain.denort });
  if (done.ok) return;
  const reason = whyCompileFailed(done.stderr);
  throw reason.denortMissing ? new DenortMissing(reason.message) : new Error(reason.message);
}

/** There is no runtime to build a binary from. */
class DenortMissing extends Error {
  override readonly name = "DenortMissing";
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** A binary that does not work is not left behind. */
async function tryBinary(): Promise<void> {
  try {
    await smokeTest(config.version, (args) => run(BINARY, args, {}, true));
  } catch (error) {
    await Deno.remove(BINARY);
    throw error;
  }
}

/** Builds and tries the binary; returns the exit code. */
async function build(): Promise<number> {
  try {
    const toolchain = toolchainFrom(Deno.env.toObject(), Deno.execPath());
    await Deno.remove(BINARY).catch(ignoreNotFound);
    await bundle();
    await compile(toolchain);
    await tryBinary();
    const { size } = await Deno.stat(BINARY);
    say(`Built dist/flagsmith-provision ${config.version}: ${(size / 1e6).toFixed(1)} MB`);
    return 0;
  } catch (error) {
    complain(`build: ${error instanceof Error ? error.message : error}`);
    return error instanceof DenortMissing ? 69 : 1;
  }
}

if (import.meta.main) Deno.exit(await build());
