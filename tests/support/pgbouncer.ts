/** PgBouncer in transaction mode before the tests' server, where the program is installed. */
import { join } from "node:path";
import { serverAccount } from "./postgres_process.ts";

/** A pooler that runs. */
export interface Pooler {
  /** The URL of a database through the pooler. */
  through(databaseUrl: string): string;
  stop(): Promise<void>;
}

/** Absolute path of the program; undefined where there is none. */
export function findPgBouncer(): string | undefined {
  const path = (Deno.env.get("PATH") ?? "").split(":");
  return [...path, "/usr/sbin", "/usr/local/sbin"].filter((part) => part.startsWith("/"))
    .map((part) => join(part, "pgbouncer")).find((file) => {
      try {
        return Deno.statSync(file).isFile;
      } catch {
        return false;
      }
    });
}

/** Starts the program with `size` server connections per database; throws with its log when it does not start. */
export async function startPgBouncer(program: string, serverUrl: string, size: number): Promise<Pooler> {
  const server = new URL(serverUrl);
  const folder = await Deno.makeTempDir();
  const account = await serverAccount(); // it refuses to be root, too
  if (account !== undefined) await Deno.chown(folder, account.uid, account.gid);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const password = server.password === "" ? "" : ` password='${decodeURIComponent(server.password)}'`;
  const log = join(folder, "pgbouncer.log");
  await Deno.writeTextFile(
    join(folder, "pgbouncer.ini"),
    [
      "[databases]",
      `* = host=${server.hostname} port=${server.port || "5432"} user=${server.username}${password}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${port}`,
      "unix_socket_dir =",
      "auth_type = any",
      "pool_mode = transaction",
      `default_pool_size = ${size}`,
      `logfile = ${log}`,
      "",
    ].join("\n"),
  );
  const child = new Deno.Command(program, {
    args: ["-q", join(folder, "pgbouncer.ini")],
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const watch = { exited: false };
  void child.status.then(() => watch.exited = true);
  const stop = async (): Promise<void> => {
    if (!watch.exited) child.kill("SIGTERM");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  };
  for (const end = performance.now() + 10_000;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      break;
    } catch {
      if (watch.exited || performance.now() > end) {
        const said = await Deno.readTextFile(log).catch(() => "");
        await stop();
        throw new Error(`pgbouncer does not start\n${said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return {
    through: (databaseUrl) => {
      const url = new URL(databaseUrl);
      url.hostname = "127.0.0.1";
      url.port = String(port);
      return url.href;
    },
    stop,
  };
}
