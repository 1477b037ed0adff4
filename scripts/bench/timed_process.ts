/** The program as a whole process, timed from outside. */
import { ended, start } from "../../tests/support/program.ts";

/** What a process took. */
export interface Timed {
  /** From starting it to its end. */
  readonly seconds: number;
  /** The most memory that it ever held, in millions of octets; NaN where the system does not tell. */
  readonly peak: number;
  readonly out: string;
}

/** Runs the program to its end; throws with its words when it does not exit with 0. */
export async function timed(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  watchMemory = false,
): Promise<Timed> {
  const begin = performance.now();
  const process = start(args, { env });
  const memory = watchMemory ? watch(process.pid) : undefined;
  const { code, out, err } = await ended(process);
  const seconds = (performance.now() - begin) / 1000;
  if (code !== 0) throw new Error(`"${args.join(" ")}" exits with ${code}\n${out}${err}`);
  return { seconds, peak: memory?.() ?? NaN, out };
}

/** Looks at the system's own high-water mark until the process has ended; what it gives tells the last one seen. */
function watch(pid: number): () => number {
  let peak = NaN;
  const timer = setInterval(() => {
    try {
      const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
      if (kilobytes !== undefined) peak = Number(kilobytes) * 1024 / 1e6;
    } catch {
      // It has ended, or this system has no such file.
    }
  }, 5);
  return () => {
    clearInterval(timer);
    return peak;
  };
}
