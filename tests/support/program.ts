/** The program as operators run it: a process of its own. */

/** How to start the program. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** True for the compiled binary, false for the sources. */
  readonly compiled: boolean;
}

/** The binary that CI has built (`FLAGSMITH_PROVISION_BINARY`), else the sources; with `CI` set it must be the binary. */
export function program(): Program {
  const binary = Deno.env.get("FLAGSMITH_PROVISION_BINARY");
  if (binary !== undefined && binary !== "") return { command: binary, args: [], compiled: true };
  if (Deno.env.get("CI") !== undefined) {
    throw new Error("FLAGSMITH_PROVISION_BINARY is not set; CI tests the compiled binary");
  }
  return {
    command: Deno.execPath(),
    args: ["run", "-A", "--cached-only", new URL("../../mod.ts", import.meta.url).pathname],
    compiled: false,
  };
}

/** What a process said and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How to start a process. */
export interface StartOptions {
  /** The whole environment, besides what the program's runtime needs. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Starts the program with an environment of its own. */
export function start(args: readonly string[], options: StartOptions = {}): Deno.ChildProcess {
  const { command, args: first, compiled } = program();
  const runtime = compiled ? {} : {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? "",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
  };
  return new Deno.Command(command, {
    args: [...first, ...args],
    clearEnv: true,
    env: {
      ...Object.fromEntries(Object.entries(runtime).filter(([, value]) => value !== "")),
      ...options.env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  }).spawn();
}

/** Waits for a process to end. */
export async function ended(process: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await process.output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}
