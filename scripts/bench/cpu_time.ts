/** What processes cost: the processor's time, which says more than a clock where the machine does other things, too. */
import { run } from "../build/process.ts";

/** Starts `$0` with what follows it `$COUNT` times at once, waits for all, and writes what they took together. */
const SCRIPT = `TIMEFORMAT='%3U %3S'
run() {
  local processes=() one
  for one in $(seq "$COUNT"); do "$0" "$@" >/dev/null & processes+=($!); done
  for one in "\${processes[@]}"; do wait "$one" || return; done
}
time run "$@"`;

/**
 * Seconds of processor time, of a program and of the kernel for it, that `count` processes at once take together. Throws with
 * their words when one of them does not exit with 0.
 */
export async function cpuTime(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  count = 1,
): Promise<number> {
  const { ok, stderr } = await run("bash", ["-c", SCRIPT, ...command], { ...env, COUNT: String(count) });
  const [, user, system] = /(\d+\.\d+) (\d+\.\d+)\s*$/.exec(stderr) ?? [];
  if (!ok || user === undefined || system === undefined) {
    throw new Error(`"${command.slice(1).join(" ")}" fails\n${stderr}`);
  }
  return Number(user) + Number(system);
}
