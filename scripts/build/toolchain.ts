/** Which Deno compiles the binary, and with which runtime. */

/** The program that runs `deno compile`, and the `denort` it is to take instead of downloading one. */
export interface Toolchain {
  readonly deno: string;
  readonly denort: string | undefined;
}

/**
 * `DENO_COMPILE` names the Deno to compile with; `DENO` does so only together with `DENORT_BIN`, because these two
 * have to be of one version. Without them it is the Deno that runs the build.
 */
export function toolchainFrom(env: Readonly<Record<string, string>>, running: string): Toolchain {
  const denort = env["DENORT_BIN"] || undefined;
  const paired = denort === undefined ? undefined : env["DENO"] || undefined;
  return { deno: env["DENO_COMPILE"] || paired || running, denort };
}
