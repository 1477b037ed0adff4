/**
 * Builds `dist/flagsmith-provision`, one file that needs nothing else: `deno task build`.
 *
 * The sources are bundled first (`docs/decisions/0001-bundle-before-compile.md`), then compiled by the Deno that
 * `toolchainFrom` chooses, then the binary is tried with its final permissions. Exit codes: 0 built and tried,
 * 1 something failed, 69 the runtime that a binary starts with (`denort`) cannot be had.
 */
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { bundle, compile, DenortMissing, ignoreNotFound } from "./build/compile.ts";
import { run } from "./build/process.ts";
import { smokeTest } from "./build/smoke.ts";
import { toolchainFrom } from "./build/toolchain.ts";
import { complain, say } from "./terminal.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUNDLE = `${ROOT}dist/bundle`;
const BINARY = `${ROOT}dist/flagsmith-provision`;

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
    await bundle(BUNDLE);
    await compile(toolchain, BUNDLE, BINARY);
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
