/**
 * Flagsmith with the drop-in of `deploy/flagsmith-image`, laid out as its Dockerfile lays out the image: a directory of links
 * to an installed API, and our files beside them. The installation itself is only read.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Ended, ended, program } from "../../../tests/support/program.ts";
import { environment, type Running } from "../application.ts";
import { freePort, startServerProcess } from "../server_process.ts";
import type { World } from "../world.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const DROP_IN = join(ROOT, "deploy/flagsmith-image");

/** More variables of a process. */
export type Variables = Readonly<Record<string, string>>;

/** The layout, and how its processes are started. */
export interface Image {
  /** What is `/app` in the image. */
  readonly directory: string;
  /** The whole environment of a process on that database; an `undefined` URL gives it none. */
  env(databaseUrl: string | undefined, more?: Variables): Variables;
  /** Starts `python` with these arguments. */
  start(args: readonly string[], env: Variables): Deno.ChildProcess;
  /** Runs `manage.py` with these arguments to its end. */
  manage(args: readonly string[], env: Variables): Promise<Ended>;
  /** Starts the image's default command and waits until the API answers; throws when it ends before. */
  serve(env: Variables, log: string): Promise<Running>;
}

/** `flagsmith migrate-and-serve`, on an address of ours: it takes none itself. */
export const MIGRATE_AND_SERVE = `
import os, django
django.setup()
from common.gunicorn import utils
utils.GUNICORN_FLAGSMITH_DEFAULTS["bind"] = os.environ["PROOF_ADDRESS"]
from common.core.main import main
main(["flagsmith", "migrate-and-serve"])
`;

/** Lays it out in the run's directory. */
export async function layOut(world: World): Promise<Image> {
  const { api, python } = world.installation;
  const directory = join(world.directory, "image");
  await link(api, directory, ["app", "manage.py", ".versions.json"]);
  await link(join(api, "app"), join(directory, "app"), ["settings"]);
  await link(join(api, "app/settings"), join(directory, "app/settings"), []);
  // Python puts the real directory of the program that it runs on its path.
  await Deno.copyFile(join(api, "manage.py"), join(directory, "manage.py"));
  await Deno.copyFile(
    join(api, "../.release-please-manifest.json"),
    join(directory, ".versions.json"),
  );
  await Deno.symlink(join(DROP_IN, "flagsmith_provision"), join(directory, "flagsmith_provision"));
  await Deno.symlink(
    join(DROP_IN, "settings/provisioned.py"),
    join(directory, "app/settings/provisioned.py"),
  );
  const binary = await programFile(world.directory);

  const env = (databaseUrl: string | undefined, more: Variables = {}): Variables => {
    const { DATABASE_URL: url = "", ...rest } = environment(
      databaseUrl ?? "",
      world.secretKey,
      world.directory,
    );
    return {
      ...rest,
      ...(url === "" ? {} : { DATABASE_URL: url }),
      DJANGO_SETTINGS_MODULE: "app.settings.provisioned",
      FLAGSMITH_PROVISION_BINARY: binary,
      ...more,
    };
  };
  const start = (args: readonly string[], variables: Variables): Deno.ChildProcess =>
    new Deno.Command(python, {
      args: [...args],
      cwd: directory,
      env: { ...variables },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  return {
    directory,
    env,
    start,
    manage: async (args, variables) => await ended(start(["manage.py", ...args], variables)),
    serve: async (variables, log) => {
      const address = `127.0.0.1:${freePort()}`;
      const { stop } = await startServerProcess({
        command: python,
        args: ["-c", MIGRATE_AND_SERVE],
        cwd: directory,
        env: { ...variables, PROOF_ADDRESS: address },
        log,
        ready: `http://${address}/health/liveness`,
      });
      return { origin: `http://${address}`, stop };
    },
  };
}

async function link(from: string, to: string, without: readonly string[]): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    if (!without.includes(name) && name !== "__pycache__") {
      await Deno.symlink(join(from, name), join(to, name));
    }
  }
}

/** The program as one file, as the image has it: the binary, or a script that runs the sources. */
async function programFile(directory: string): Promise<string> {
  const { command, args, compiled } = program();
  if (compiled) return resolve(command);
  const path = join(directory, "flagsmith-provision");
  const quoted = [command, ...args].map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(" ");
  const cache = Deno.env.get("DENO_DIR");
  await Deno.writeTextFile(
    path,
    `#!/bin/sh\n${cache === undefined ? "" : `export DENO_DIR='${cache}'\n`}exec ${quoted} "$@"\n`,
    { mode: 0o755 },
  );
  return path;
}
