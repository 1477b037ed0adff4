/** A PostgreSQL server of our own: a fresh data directory and one process. */
import { join } from "node:path";
import type { Binaries } from "./postgres_binaries.ts";

/** A running server process. */
export interface PostgresProcess {
  readonly port: number;
  /**
   * Ends the server, does what is to be done while there is none, and starts it again on the same data and port. `fast`
   * ends sessions in an orderly way; `immediate` is a crash, after which the server recovers.
   */
  restart(how: "fast" | "immediate", meanwhile?: () => Promise<void>): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** The user that a server started by root runs as, since PostgreSQL refuses to be root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Settings for a server whose data nobody will miss: fast rather than safe. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  checkpoint_timeout: "1h",
  max_wal_size: "2GB",
  shared_buffers: "64MB",
  max_connections: "200",
  // Background work would show up in the counters that tests compare.
  autovacuum: "off",
  jit: "off",
  timezone: "UTC",
};

/** Settings for a server whose commits survive a crash and which otherwise is as PostgreSQL comes. */
export const DURABLE: Readonly<Record<string, string>> = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  shared_buffers: "128MB",
  autovacuum: "on",
  jit: "on",
};

/** The account to run as: undefined for an ordinary user (run as oneself); for root `postgres`, else `nobody`. */
export async function serverAccount(): Promise<Account | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const lines = (await Deno.readTextFile("/etc/passwd")).split("\n").map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const [name, , uid, gid] = lines.find(([candidate]) => candidate === wanted) ?? [];
    if (name !== undefined && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('Cannot run PostgreSQL as root: there is neither a user "postgres" nor a user "nobody"');
}

/**
 * Makes a data directory below `home` and starts a server there, on 127.0.0.1 and a free port (or `port`) and on a socket in `home/socket`, with the
 * superuser `postgres` and no password. `home` must belong to `account`, when there is one; it is left in place.
 * `others` replace settings of a server that nobody will miss.
 * Throws with the end of the server's log when it does not start.
 */
export async function startProcess(
  binaries: Binaries,
  home: string,
  account?: Account,
  port?: number,
  others: Readonly<Record<string, string>> = {},
): Promise<PostgresProcess> {
  const run = {
    cwd: home,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      LC_ALL: "C",
      ...(binaries.libraries === undefined ? {} : {
        LD_LIBRARY_PATH: binaries.libraries,
        DYLD_LIBRARY_PATH: binaries.libraries,
      }),
    },
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  };
  const data = join(home, "data");
  const initdb = await new Deno.Command(join(binaries.directory, "initdb"), {
    ...run,
    args: ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
  }).output();
  if (!initdb.success) throw new Error(`initdb failed: ${new TextDecoder().decode(initdb.stderr).trim()}`);
  const log = join(home, "server.log");
  // A folder of its own, which others may enter, too: the socket is bound into file systems that hold nothing else.
  const socket = join(home, "socket");
  await Deno.mkdir(socket);
  if (account !== undefined) await Deno.chown(socket, account.uid, account.gid);
  const spawn = (chosen: number): Deno.ChildProcess => {
    const options = Object.entries({
      ...settings,
      unix_socket_directories: socket,
      ...others,
      port: String(chosen),
    }).flatMap(([k, v]) => ["-c", `${k}=${v}`]);
    // The shell only redirects: a file takes the log whether or not this process still lives to read a pipe.
    return new Deno.Command("/bin/sh", {
      ...run,
      args: ["-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh", log, join(binaries.directory, "postgres")]
        .concat(["-D", data, ...options]),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  };
  const failed = async (): Promise<Error> => {
    const text = await Deno.readTextFile(log).catch(() => "");
    return new Error(`postgres did not start: ${text.trim().split("\n").slice(-5).join("\n")}`);
  };
  // Somebody else may take a port between choosing it and using it.
  for (let attempt = 1;; attempt++) {
    const chosen = port ?? freePort();
    let child = spawn(chosen);
    if (await isReady(child, data)) {
      return {
        port: chosen,
        restart: async (how, meanwhile) => {
          await end(child, how === "fast" ? "SIGINT" : "SIGQUIT");
          await meanwhile?.();
          child = spawn(chosen);
          if (!await isReady(child, data)) throw await failed();
        },
        stop: async () => {
          await end(child, "SIGINT");
          await Deno.remove(data, { recursive: true }).catch(() => {});
        },
      };
    }
    await end(child, "SIGINT");
    const error = await failed();
    if (port !== undefined || attempt === 3 || !error.message.includes("could not bind")) throw error;
    await Deno.remove(log);
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** True once the server accepts connections; false when it exits or takes more than 30 s. */
async function isReady(child: Deno.ChildProcess, data: string): Promise<boolean> {
  const watch = { exited: false };
  child.status.then(() => watch.exited = true);
  for (const end = performance.now() + 30_000; performance.now() < end && !watch.exited;) {
    // The eighth line of this file is the server's own word on its state.
    const lines = (await Deno.readTextFile(join(data, "postmaster.pid")).catch(() => "")).split("\n");
    if (lines[0] === String(child.pid) && lines[7]?.trim() === "ready") return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** Ends the server: SIGINT ends the sessions first ("fast"), SIGQUIT is "immediate" and follows after ten seconds in any case. */
async function end(child: Deno.ChildProcess, first: "SIGINT" | "SIGQUIT"): Promise<void> {
  const signal = (name: Deno.Signal) => {
    try {
      child.kill(name);
    } catch {
      // It has ended already.
    }
  };
  signal(first);
  const timer = setTimeout(() => signal("SIGQUIT"), 10_000);
  await child.status;
  clearTimeout(timer);
}
