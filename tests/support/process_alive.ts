/** Whether a process still runs, also when its id has been given to another one since. */
import { kill } from "node:process";

/** What tells a process from a later one with the same id: its start time on Linux; elsewhere empty. */
export function startMark(pid: number): string {
  return stat(pid)?.[19] ?? "";
}

/** False once the process is gone, is only a zombie, or its id belongs to another process than `mark` says. */
export function isAlive(pid: number, mark: string): boolean {
  const fields = stat(pid);
  if (fields !== undefined) return fields[0] !== "Z" && fields[0] !== "X" && (fields[19] ?? "") === mark;
  if (Deno.build.os === "linux") return false;
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The fields of `/proc/PID/stat` after the program's name, which may hold blanks; state first, start time at 19. */
function stat(pid: number): string[] | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return text.slice(text.lastIndexOf(")") + 2).trimEnd().split(" ");
  } catch {
    return undefined;
  }
}
