/**
 * An installed Flagsmith API: its migrations, and its server. How it was installed is not this script's business; it
 * needs the `api` folder of a checkout and a Python that has the folder's dependencies.
 */
import { join } from "node:path";
import { run } from "../build/process.ts";
import { freePort, type ServerProcess, startServerProcess, tail } from "./server_process.ts";

/** The release that the recordings were made with. */
export const RELEASE = "2.265.0";

/** Where an API is installed. */
export interface Installation {
  readonly api: string;
  readonly python: string;
}

/** An API that answers. */
export interface Running extends ServerProcess {
  /** Scheme, host and port. */
  readonly origin: string;
}

/** Throws unless the checkout is of the release that the recordings are of; its root names it. */
export async function checkRelease(api: string): Promise<void> {
  const manifest = join(api, "../.release-please-manifest.json");
  const text = await Deno.readTextFile(manifest).catch((error) => {
    throw new Error(`Cannot read ${manifest}: ${error instanceof Error ? error.message : error}`);
  });
  const release: unknown = JSON.parse(text)["."];
  if (release !== RELEASE) {
    throw new Error(`${api} holds release ${release}; the recordings are of ${RELEASE}`);
  }
}

/**
 * The environment of every Python process, without anything of ours but what it takes to start: nothing is reported to
 * anybody, tasks run within the request (so that an answer is complete), any host name may be used, temporary files go to `directory`.
 */
export function environment(
  databaseUrl: string,
  secretKey: string,
  directory: string,
): Readonly<Record<string, string>> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? "",
    DATABASE_URL: databaseUrl,
    DJANGO_ALLOWED_HOSTS: "*",
    DJANGO_SECRET_KEY: secretKey,
    DJANGO_SETTINGS_MODULE: "app.settings.production",
    ENABLE_TELEMETRY: "false",
    PYTHONDONTWRITEBYTECODE: "1",
    TASK_RUN_METHOD: "SYNCHRONOUSLY",
    TMPDIR: directory,
    LOG_LEVEL: "WARNING",
  };
}

/** Runs a command of `manage.py`; throws with the end of what it said when it fails. */
export async function manage(
  { api, python }: Installation,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const done = await run(python, [join(api, "manage.py"), ...args], { ...env, PYTHONPATH: api }, true);
  if (done.ok) return done.stdout;
  throw new Error(`manage.py ${args.join(" ")} exits with ${done.code}\n${tail(done.stdout + done.stderr)}`);
}

/** Starts the server on a free port of this machine and waits until it answers. */
export async function startApi(
  { api, python }: Installation,
  env: Readonly<Record<string, string>>,
  log: string,
): Promise<Running> {
  const address = `127.0.0.1:${freePort()}`;
  const { stop } = await startServerProcess({
    command: python,
    args: [join(api, "manage.py"), "start", "--bind", address, "--workers", "1", "--threads", "8", "api"],
    cwd: api,
    env,
    log,
    ready: `http://${address}/health/liveness`,
  });
  return { origin: `http://${address}`, stop };
}
