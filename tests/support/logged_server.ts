/** A server of one's own whose log is read. */
import { join } from "node:path";
import postgres from "postgres";
import { findBinaries } from "./postgres_binaries.ts";
import { serverAccount, startProcess } from "./postgres_process.ts";

/** Runs `test` with a server whose log is read; its database belongs to a role that may not quiet the log. */
export async function withLoggedServer(
  test: (url: string, log: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const [binaries] = await findBinaries();
  if (binaries === undefined) throw new Error("initdb and postgres were not found");
  const account = await serverAccount();
  const home = await Deno.makeTempDir();
  if (account !== undefined) await Deno.chown(home, account.uid, account.gid);
  const process = await startProcess(binaries, home, account, undefined, {
    track_activity_query_size: "256kB",
  });
  const admin = postgres(`postgres://postgres@127.0.0.1:${process.port}/postgres`, {
    max: 1,
    onnotice: () => {},
  });
  try {
    await admin.unsafe("create role app login");
    await admin.unsafe("create database app owner app");
    const url = `postgres://app@127.0.0.1:${process.port}/app`;
    const owner = postgres(url, { max: 1, onnotice: () => {} });
    await owner.unsafe(await Deno.readTextFile(new URL("../data/schema/2.265.0.sql", import.meta.url)));
    await owner.end();
    await test(url, () => Deno.readTextFile(join(home, "server.log")));
  } finally {
    await admin.end();
    await process.stop();
    await Deno.remove(home, { recursive: true });
  }
}
