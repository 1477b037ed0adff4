/** Running the programs that a build consists of. */

/** How a program ended. */
export interface Finished {
  readonly ok: boolean;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without standard input and without colours. `env` is added to the environment; with `clearEnv` it is
 * all the environment. Throws when the program cannot be started.
 */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  clearEnv = false,
): Promise<Finished> {
  const command = new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    clearEnv,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  try {
    const { success, code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { ok: success, code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (cause) {
    throw new Error(`Cannot start "${program}": ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** Why `deno compile` failed, in one line. */
export interface CompileFailure {
  /** True when the reason is that `denort` could be neither downloaded nor read. */
  readonly denortMissing: boolean;
  readonly message: string;
}

/** Makes one line of what a failed `deno compile` wrote to standard error. */
export function whyCompileFailed(stderr: string): CompileFailure {
  const lines = stderr.split("\n").map((line) => line.trim().replace(/^(error|\d+): /, "")).filter((line) =>
    line
  );
  const cause = lines.find((line) => /denort/i.test(line));
  const denortMissing = cause !== undefined || /Setting up base binary/.test(stderr);
  if (!denortMissing) return { denortMissing, message: `Cannot compile: ${lines.join("; ")}` };
  return {
    denortMissing,
    message:
      "Cannot get denort, the runtime that a binary starts with; set DENO and DENORT_BIN to a deno and a denort " +
      `of one version (${cause ?? lines.join("; ")})`,
  };
}
