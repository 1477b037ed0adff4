/** One PostgreSQL server per `deno test` run, shared by its parallel workers (threads of one process). */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMark } from "./process_alive.ts";

/** The server of this run. */
export interface SharedServer {
  /** Connection URL of a superuser. */
  readonly url: string;
  /** What the names of databases of this run must start with; those are removed when the run is over. */
  readonly prefix: string;
  /** A directory of this run. */
  readonly directory: string;
}

let shared: Promise<SharedServer> | undefined;

/**
 * The server of this run; the first caller of the process has it started. It runs in a process of its own, which ends
 * it when this process is gone, so a test run that is killed leaves nothing either. Throws what `startServer` throws.
 */
export function sharedServer(): Promise<SharedServer> {
  return shared ??= joinServer();
}

async function joinServer(): Promise<SharedServer> {
  const mark = startMark(Deno.pid);
  const state = join(tmpdir(), `flagsmith-provision-test-${Deno.uid()}-${Deno.pid}-${mark}`);
  try {
    await Deno.mkdir(state, { mode: 0o700 }); // whoever makes it starts the server
    await launch(state, mark);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  // An embedded server may have to be downloaded first.
  for (const end = performance.now() + 300_000; performance.now() < end;) {
    const ready = await readJson(join(state, "ready.json"));
    if (ready !== undefined) return { ...Object(ready), directory: state };
    const failed = await readJson(join(state, "failed.json"));
    if (failed !== undefined) throw new Error((failed as { readonly message: string }).message);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Cannot get a PostgreSQL server for the tests: ${join(state, "host.log")} may say why`);
}

/**
 * Starts the host as a background job of a shell that ends at once, so that no test has a child to wait for; in a session
 * of its own where that can be had, so that what kills the run's process group leaves somebody to clean up.
 */
async function launch(state: string, mark: string): Promise<void> {
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const script = fileURLToPath(new URL("./server_host.ts", import.meta.url));
  const { success } = await new Deno.Command("/bin/sh", {
    args: [
      "-c",
      'log=$1; shift; command -v setsid >/dev/null && set -- setsid "$@"; nohup "$@" </dev/null >"$log" 2>&1 &',
      "sh",
      join(state, "host.log"),
    ].concat(
      [
        Deno.execPath(),
        "run",
        "--quiet",
        "--no-lock", // trying the Docker provider must not add its packages
        "--allow-all",
        "--config",
        config,
        script,
        state,
        String(Deno.pid),
        mark,
      ],
    ),
  }).output();
  if (!success) throw new Error("Cannot start a background process for the test database");
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
