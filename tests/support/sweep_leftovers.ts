/** Files of test runs whose processes were killed before they could clean up. */
import { join } from "node:path";
import { isAlive, startMark } from "./process_alive.ts";

/** Start of the name of a directory that belongs to this process; `sweepLeftovers` knows from it whom to ask. */
export function directoryPrefix(): string {
  return `flagsmith-provision-pg-${Deno.pid}-${startMark(Deno.pid)}-`;
}

/** Removes directories in `parent` whose process is gone, and stops a server that still runs in one. Ignores what it may not. */
export async function sweepLeftovers(parent: string): Promise<void> {
  for await (const { name } of Deno.readDir(parent)) {
    const [, pid, mark] = /^flagsmith-provision-(?:pg|test-\d+)-(\d+)-(\d*)(?:-|$)/.exec(name) ?? [];
    if (pid === undefined || mark === undefined || isAlive(Number(pid), mark)) continue;
    const path = join(parent, name);
    try {
      await stopOrphan(join(path, "data"));
      await Deno.remove(path, { recursive: true });
    } catch {
      // Another user's, or another run is sweeping too.
    }
  }
}

/** Stops the server that works in `data`, when its process can be told to be that one (on Linux, by its directory). */
async function stopOrphan(data: string): Promise<void> {
  const [line = ""] = (await Deno.readTextFile(join(data, "postmaster.pid")).catch(() => "")).split("\n");
  const pid = Number(line);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const place = await Deno.readLink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (place !== await Deno.realPath(data)) return;
  const mark = startMark(pid);
  Deno.kill(pid, "SIGQUIT");
  for (const end = performance.now() + 5000; isAlive(pid, mark) && performance.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
